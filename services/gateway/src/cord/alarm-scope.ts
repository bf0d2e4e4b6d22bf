import { type RevocationScope, revocationScope } from "@lanyard/contracts";
import { jsonOf } from "./json-of.ts";

/**
 * Reads what CloudWatch alarms on the topic pull: a scope as JSON, as `{"kind":"anonymous"}`.
 * @throws TypeError that does not say what was given
 */
export function parseAlarmScope(text: string): RevocationScope {
  const parsed = revocationScope.safeParse(jsonOf(text));
  if (parsed.success) return lowerCaseScope(parsed.data);
  throw new TypeError('must be the scope of a revocation as JSON, as {"kind":"anonymous"}');
}

/** Ids of users are written in lower case; a scope that writes one otherwise would void nothing. */
export const lowerCaseScope = (scope: RevocationScope): RevocationScope =>
  scope.kind === "user" ? { ...scope, userId: scope.userId.toLowerCase() } : scope;

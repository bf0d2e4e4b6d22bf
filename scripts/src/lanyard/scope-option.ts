import { type RevocationScope, revocationScope } from "@lanyard/contracts";
import { InvalidArgumentError, Option } from "commander";

/** A scope as it was typed, and what it means. */
export interface TypedScope {
  readonly text: string;
  readonly scope: RevocationScope;
}

const FORMS =
  "all, user:<id>, anonymous, accounts, method:<anonymous|magic_link|email_otp>, opened-before:<ISO 8601>, ip:<CIDR>";

/** `--scope`, required. */
export const scopeOption = (): Option =>
  new Option("--scope <scope>", `whose sessions: ${FORMS}`).argParser(parseScope).makeOptionMandatory();

/** @throws InvalidArgumentError when it is none */
export function parseScope(given: string): TypedScope {
  const text = given.trim();
  const parsed = revocationScope.safeParse(spelledOut(text));
  if (parsed.success) return { text, scope: parsed.data };
  throw new InvalidArgumentError(`It must be one of ${FORMS}.`);
}

/** A scope as `--scope` takes it. */
export function scopeText(scope: RevocationScope): string {
  switch (scope.kind) {
    case "all":
    case "anonymous":
    case "accounts":
      return scope.kind;
    case "user":
      return `user:${scope.userId}`;
    case "method":
      return `method:${scope.method}`;
    case "openedBefore":
      return `opened-before:${scope.at}`;
    case "ipRange":
      return `ip:${scope.cidr}`;
  }
}

function spelledOut(text: string): unknown {
  const [, name = "", value] = /^([a-z-]+)(?::(.*))?$/.exec(text) ?? [];
  switch (name) {
    case "user":
      return { kind: "user", userId: value };
    case "method":
      return { kind: "method", method: value };
    case "opened-before":
      return { kind: "openedBefore", at: value };
    case "ip":
      return { kind: "ipRange", cidr: value };
    default:
      return value === undefined ? { kind: name } : undefined;
  }
}

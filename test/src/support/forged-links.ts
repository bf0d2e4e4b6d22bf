import { makeEmailUndoToken, makeReportToken } from "@lanyard/session-manager";
import type { InProcessSystem } from "./in-process-system.ts";
import type { Visitor } from "./visitor.ts";

type Derived = Pick<InProcessSystem, "derivation">;

const TAG_BYTES = 16;
const bytesOf = (token: string): Buffer => Buffer.from(token.slice(3), "base64url");
const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");
const forged = (prefix: string, about: readonly Buffer[], tags: readonly Buffer[]): readonly string[] =>
  [Buffer.alloc(TAG_BYTES), ...tags].map((tag) => `${prefix}${Buffer.concat([...about, tag]).toString("base64url")}`);
const tagOf = (token: string): Buffer => bytesOf(token).subarray(-TAG_BYTES);

/** What a mail's link would say of somebody's session, with every tag but the one that only this deployment can make. */
export function forgedReports({ derivation }: Derived, of: Visitor, own: Visitor): readonly string[] {
  return forged("nm_", [idBytes(of.userId), idBytes(of.sessionId)], [tagOf(makeReportToken(derivation, own))]);
}

/** The same of a change of their address, as which an operation of theirs is shown. */
export function forgedUndos(
  { derivation }: Derived,
  of: Visitor & { readonly operationId: string },
  own: Visitor,
): readonly string[] {
  const mine = makeEmailUndoToken(derivation, { userId: own.userId, changeId: of.operationId });
  const about = [idBytes(of.userId), bytesOf(mine).subarray(16, -TAG_BYTES)];
  return forged("eu_", about, [tagOf(mine), tagOf(makeReportToken(derivation, own))]);
}

import type { Derivation } from "@lanyard/secrets";
import { taggedIds } from "./tagged-ids.ts";

/** A change of an account's address that a mail tells of. */
export interface UndoableChange {
  readonly userId: string;
  /** The operation that has changed it. */
  readonly changeId: string;
}

const ids = taggedIds("eu_", "email-undo-token", 3);
const OPERATION_ID = /^op_([0-9a-f]{32})([A-Za-z0-9_-]{22})$/;

/** What the link of such a mail carries: it gives the account the address back, and does nothing else. @throws TypeError */
export function makeEmailUndoToken(derivation: Derivation, { userId, changeId }: UndoableChange): string {
  const [, id, tag] = OPERATION_ID.exec(changeId) ?? [];
  if (id === undefined || tag === undefined) throw new TypeError("no operation's id");
  return ids.make(derivation, userId, id, Buffer.from(tag, "base64url").toString("hex"));
}

/** Which change it undoes, if this deployment made it: whether it still counts, change and account must say. */
export function readEmailUndoToken(derivation: Derivation, token: string): UndoableChange | undefined {
  const [userId, id, tag] = ids.read(derivation, token) ?? [];
  if (userId === undefined || id === undefined || tag === undefined) return undefined;
  const hexOf = (uuid: string): string => uuid.replaceAll("-", "");
  return { userId, changeId: `op_${hexOf(id)}${Buffer.from(hexOf(tag), "hex").toString("base64url")}` };
}

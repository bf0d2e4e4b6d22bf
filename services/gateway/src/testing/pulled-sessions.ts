import { pullHeadItem, pullItem, type RevocationScope } from "@lanyard/contracts";
import type { Pull } from "@lanyard/session-manager";
import { type ItemStore, typedItems } from "@lanyard/storage";
import type { Session } from "../reads/projections.ts";

export const PULLED_AT = "2026-01-01T00:00:00.000Z";

/** A pull as it stands, with an id of its own. */
export const pullOf = (number: number, scope: RevocationScope, at = PULLED_AT): Pull => ({
  number,
  revocationId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
  scope,
  at,
});

/** Puts a pull as the session worker does: its item, then the head. */
export async function putPull(store: ItemStore, pull: Pull): Promise<void> {
  const by = { writtenBy: `op${pull.number}` };
  await typedItems(store, pullItem).putIfAbsent(pull, [pull.number], by);
  const heads = typedItems(store, pullHeadItem);
  const head = await heads.load();
  if (head === undefined) await heads.putIfAbsent({ last: pull.number }, [], by);
  else await heads.replace(head, { last: pull.number }, by);
}

/** A live session of an account that signed in by mail, from 203.0.113.7. */
export const sessionOf = (change: Partial<Session> = {}): Session => ({
  sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
  userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  userKind: "account",
  method: "magic_link",
  amr: [],
  openedAt: "2025-12-31T23:00:00.000Z",
  expiresAt: "2026-02-01T00:00:00.000Z",
  generation: 1,
  rotations: [],
  pull: 0,
  client: { ip: "203.0.113.7" },
  ...change,
});

import { bulkRevocationItem, type Json, pullItem, type RevocationScope, sessionItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, type MemoryItemStore, typedItems } from "@lanyard/storage";
import { bulkRevocationStore } from "../pulls/bulk-revocation-store.ts";
import { revokeInBulk } from "../pulls/revoke-in-bulk.ts";
import { sweepRevoked } from "../pulls/sweep-revoked.ts";
import { sweptSessions } from "../pulls/swept-sessions.ts";
import type { Session } from "../session-store.ts";
import { at, brokerNow, operation, runOnce, session } from "./sessions-under-test.ts";

export const revocationIdOf = (count: number): string => `4f0d0e7c-be4c-8d9f-9a5b-${String(count).padStart(12, "0")}`;
export const reason = "Signing key on a lost laptop";
export const pulledBy = "key:on-call";

/** Pulls the cord for revocation `id`, as operation `count`. */
export const pullOnce = (
  table: ItemStore,
  count: number,
  {
    id = count,
    scope = { kind: "all" },
    now = brokerNow,
    ...more
  }: { id?: number; scope?: RevocationScope; now?: () => number; by?: string; action?: string; pulledAt?: string } = {},
) =>
  runOnce(revokeInBulk({ bulkRevocations: bulkRevocationStore(table), brokerNow: now }), count, {
    revocationId: revocationIdOf(id),
    scope,
    reason,
    pulledBy,
    ...more,
  });

/** Carries out the message of one step of the sweep, without a cursor its first, as operation `count`. */
export const sweepStep = (
  table: ItemStore,
  count: number,
  { id = count, cursor, now = brokerNow }: { id?: number; cursor?: Json; now?: () => number } = {},
) =>
  runOnce(
    sweepRevoked({ bulkRevocations: bulkRevocationStore(table), sweptSessions: sweptSessions(table), brokerNow: now }),
    count,
    { revocationId: revocationIdOf(id) },
    cursor === undefined ? {} : { cursor },
  );

/** Carries out all steps of a sweep, one after the other. */
export async function sweepAll(table: ItemStore, count: number, options: { id?: number; now?: () => number } = {}) {
  let cursor: Json | undefined;
  for (let steps = 1; ; steps += 1) {
    const result = await sweepStep(table, count, { ...options, ...(cursor !== undefined && { cursor }) });
    if (result.kind !== "again") return { steps, result };
    cursor = result.cursor;
  }
}

export const pullsIn = (table: MemoryItemStore): readonly ItemValue<typeof pullItem>[] =>
  table
    .dump()
    .filter(({ key }) => key.pk === "pulls" && key.sk !== "head")
    .map(({ value }) => pullItem.schema.parse(value));

export const revocationIn = async (table: ItemStore, id: number) =>
  (await typedItems(table, bulkRevocationItem).load(revocationIdOf(id)))?.value;

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
export const many = (count: number) => upTo(count).map((each) => session(each, { userId: userOf(each) }));
/** Users whose sessions lie in the table in no order of their own. */
export const userOf = (count: number): string =>
  `${String((count * 7919) % 10000).padStart(8, "0")}-7a0e-8f5b-9c1d-2e3f4a5b6c7d`;
export const mark = (count: number) => ({ at: at(0), reason: "operator" as const, operationId: operation(count) });
export const sessionsIn = (table: MemoryItemStore): readonly Session[] =>
  table
    .dump()
    .filter(({ key }) => key.sk.startsWith("session#"))
    .map(({ value }) => sessionItem.schema.parse(value));
export const markedIn = (table: MemoryItemStore): readonly string[] =>
  sessionsIn(table)
    .filter(({ revoked }) => revoked?.reason === "operator")
    .map(({ sessionId }) => sessionId)
    .sort();

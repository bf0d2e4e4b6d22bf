import { describe, expect, it } from "@jest/globals";
import type { Json } from "@lanyard/contracts";
import { sessionItem } from "@lanyard/contracts";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { many, markedIn, pullOnce, revocationIdOf, sweepStep, userOf } from "../testing/pulls-under-test.ts";
import { at, session, sessionIdOf, tableWith } from "../testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "../testing/troubled-table.ts";

interface Told {
  readonly type: string;
  readonly occurredAt: string;
  readonly once?: string;
  readonly data: Record<string, unknown>;
}

/** All steps of a sweep; the message of a step that fails comes back. What was told before the failure is told. */
async function sweep(table: ItemStore, count: number, dying: ItemStore = table, id = count) {
  const told: Told[] = [];
  let cursor: Json | undefined;
  for (;;) {
    const options = { id, ...(cursor !== undefined && { cursor }) };
    const result = await sweepStep(dying, count, options).catch(() => sweepStep(table, count, options));
    told.push(...(result.events as readonly Told[]).filter(({ type }) => type === "session.voided"));
    if (result.kind !== "again") return told;
    cursor = result.cursor;
  }
}
const idsOf = (told: readonly Told[]): readonly unknown[] => told.map(({ data }) => data["sessionId"]).sort();
const prepared = async (count: number) => {
  const table = await tableWith(many(count));
  await pullOnce(table, 1);
  return table;
};

describe("a session that a sweep marks", () => {
  it("is told once, with its user and the pull, as of the pull", async () => {
    const table = await prepared(230);
    const told = await sweep(table, 1);

    expect(idsOf(told)).toEqual(markedIn(table));
    expect(told).toHaveLength(230);
    expect(told.find(({ data }) => data["sessionId"] === sessionIdOf(7))).toEqual({
      type: "session.voided",
      occurredAt: at(0),
      once: `${revocationIdOf(1)} ${sessionIdOf(7)}`,
      data: { userId: userOf(7), userKind: "account", sessionId: sessionIdOf(7), revocationId: revocationIdOf(1) },
    });
  });

  it("is told by nobody when it had ended otherwise", async () => {
    const table = memoryItemStore();
    const revoked = { at: at(-1), reason: "logout" as const, operationId: `op_${"1".repeat(32)}${"A".repeat(22)}` };
    await tableWith([session(1), session(2, { revoked }), session(3, { expiresAt: at(-1) })], table);
    await pullOnce(table, 1);
    expect(idsOf(await sweep(table, 1))).toEqual([sessionIdOf(1)]);
  });

  it("is told by every repeat of the step that was counted, wherever its worker died", async () => {
    const writes = await countWrites(await prepared(130), (table) => sweep(table, 1));
    // At some marks, and at every write about where a step is counted.
    const fatals = Array.from({ length: writes }, (_, fatal) => fatal).filter(
      (fatal) => fatal % 20 === 0 || (fatal > 90 && fatal < 104) || fatal >= writes - 2,
    );
    for (const fatal of fatals) {
      for (const side of ["before", "after"] as const) {
        const table = await prepared(130);
        const told = await sweep(table, 1, dyingAt(table, fatal, side));
        expect(idsOf(told)).toEqual(markedIn(table));
        expect(new Set(told.map(({ once }) => once)).size).toBe(130);
      }
    }
  });

  it("is told by one event, whichever operation with the pull's id sweeps it", async () => {
    const table = await prepared(130);
    await pullOnce(table, 2, { id: 1 });
    const first = await sweepStep(table, 1);
    const other = await sweepStep(table, 2, { id: 1 });
    expect(other.events).toEqual(first.events);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))("is told when two sweep at once: seed %d", async (seed) => {
    const table = await prepared(60);
    const all = await Promise.all([1, 2].map((copy) => sweep(slow(table, seed * 10 + copy), 1)));
    expect(new Set(all.flat().map(({ data }) => data["sessionId"]))).toEqual(new Set(markedIn(table)));
    expect(new Set(all.flat().map(({ once }) => once)).size).toBe(60);
    expect((await typedItems(table, sessionItem).load(userOf(1), sessionIdOf(1)))?.value.revoked).toBeDefined();
  });
});

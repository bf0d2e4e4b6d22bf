import { describe, expect, it } from "@jest/globals";
import { memoryItemStore } from "@lanyard/storage";
import { copyIdOf, type DataItem, stands } from "@lanyard/user-data";
import fc from "fast-check";
import { expectWhole } from "../testing/expect-whole.ts";
import { at, itemIdOf, upTo } from "../testing/items-under-test.ts";
import {
  accountId,
  accountItemIdOf,
  accounts,
  mergeIn,
  ownedIn,
  slotsIn,
  tableWith,
  visitorId,
  visitors,
} from "../testing/merges-under-test.ts";
import { type Chance, noChance } from "../testing/scheduled-items.ts";
import { scheduledMerge } from "../testing/scheduled-merge.ts";

type Merging = ReturnType<typeof scheduledMerge>;

const stopsIn = (odds: number) => fc.infiniteStream(fc.nat(odds));
const kinds = ["configuration", "preference", "alert", "retired"];
/** A little of each kind, some of it of a name that the account has too. */
const mixed = (): readonly DataItem[] =>
  upTo(9).map((each) =>
    visitors(each, {
      kind: kinds[each % 4] ?? "",
      name: each > 6 ? "Other" : "Report",
      updatedAt: at(each % 2 === 0 ? 9 : 1),
    }),
  );
const mixedAccount = (): readonly DataItem[] =>
  kinds.map((kind, index) => accounts(index + 1, { kind, name: "Report", updatedAt: at(5) }));

function expectAll(merging: Merging): void {
  expect([...merging.breaches]).toEqual([]);
  const { memory, latest, touched } = merging;
  expectWhole(memory, { latest, touched, told: merging.told() });
  const ends = new Set(merging.ends());
  expect(ends.size).toBe(1);
  const outputs = merging.results.flatMap((result) =>
    result.kind === "done" && "moved" in result.output ? [result.output] : [],
  );
  expect(outputs.length).toBeGreaterThan(0);
  for (const output of outputs) expect(output).toEqual(countsOf(merging));
}

describe("a merge that stops after a write, whichever, and comes again", () => {
  it("ends as if nothing had happened", async () => {
    const over = async (chance: Chance) =>
      scheduledMerge(await tableWith(mixed(), mixedAccount()), { ...chance, limit: 3 });
    const whole = await over(noChance);
    await whole.merge();
    expectAll(whole);
    expect(whole.writes()).toBeGreaterThan(30);

    for (let stopAt = 1; stopAt <= whole.writes() + 2; stopAt += 1) {
      let left = stopAt;
      const merging = await over({ ...noChance, stops: () => (left -= 1) === 0 });
      await merging.merge();
      // And a copy of all messages, when everything is over.
      const standing = merging.memory.dump();
      await merging.merge(1);
      expectAll(merging);
      expect(merging.memory.dump()).toEqual(standing);
      expect(namesOf(merging)).toEqual(namesOf(whole));
      expect(countsOf(merging)).toEqual(countsOf(whole));
      expect(slotsIn(merging.memory, visitorId).size).toBe(0);
    }
  });
});

describe("copies of a merge's messages at once", () => {
  it.each([
    ["of several processes", false],
    ["of one process", true],
  ])("%s move everything once, in every order of calls, with stops after any write", async (_, isOneProcess) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        stopsIn(12),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (scheduler, stops, copies, limit) => {
          const merging = scheduledMerge(await tableWith(mixed(), mixedAccount().slice(0, limit)), {
            ...{ turn: (label) => scheduler.schedule(Promise.resolve(), label), isOneProcess, limit },
            stops: () => stops.next().value === 0,
          });
          await scheduler.waitFor(Promise.all(upTo(copies).map((copy) => merging.merge(copy))));
          expectAll(merging);
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it("move more than a step takes", async () => {
    const items = upTo(60).map((each) => visitors(each, { name: `Name ${each % 7}` }));
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), stopsIn(40), async (scheduler, stops) => {
        const merging = scheduledMerge(await tableWith(items, [accounts(1)]), {
          turn: (label) => scheduler.schedule(Promise.resolve(), label),
          stops: () => stops.next().value === 0,
        });
        await scheduler.waitFor(Promise.all([merging.merge(), merging.merge(1)]));
        expectAll(merging);
        expect(mergeIn(merging.memory)?.step).toBeGreaterThan(2);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });
});

describe("writers of the visitor while it merges", () => {
  const writing = fc.array(
    fc.record({
      does: fc.constantFrom("make", "change", "remove"),
      of: fc.integer({ min: 1, max: 5 }),
      kind: fc.constantFrom("configuration", "alert"),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it("are refused, or what they wrote is the account's: the latest of it, once", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), stopsIn(15), writing, async (scheduler, stops, writes) => {
        const items = upTo(5).map((each) => visitors(each, { kind: each % 2 === 0 ? "alert" : "configuration" }));
        const merging = scheduledMerge(await tableWith(items, [accounts(1, { name: "Written" })]), {
          ...{ turn: (label) => scheduler.schedule(Promise.resolve(), label), limit: 20 },
          stops: () => stops.next().value === 0,
        });
        const all = writes.flatMap(({ does, of, kind, copies }, index) => {
          const count = index + 20;
          const item = does === "make" ? {} : { itemId: itemIdOf(of) };
          const owner = { userId: visitorId, kind: does === "make" ? kind : of % 2 === 0 ? "alert" : "configuration" };
          const value = does === "remove" ? {} : { name: "Written", json: `{"by":${count}}` };
          return upTo(copies).map((copy) =>
            merging.write(count, does === "remove" ? "remove" : "save", { ...owner, ...item, ...value }, copy),
          );
        });
        await scheduler.waitFor(Promise.all([...all, merging.merge(), merging.merge(1)]));
        expectAll(merging);
        const refusals = merging.results.flatMap((result) => (result.kind === "problem" ? [result.code] : []));
        for (const code of refusals) expect(["user_merged", "item_not_found"]).toContain(code);
        accepted += merging.results.filter((result) => result.kind === "done" && "item" in result.output).length;
      }),
      { numRuns: 80, endOnFailure: true },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it("that land behind a merge that is done move what they wrote, and say so each time", async () => {
    const merging = scheduledMerge(memoryItemStore(), noChance);
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isWritten = false;
    const straggling = scheduledMerge(merging.memory, {
      stops: () => false,
      // Its process sleeps between looking whether the visitor is closed and writing.
      turn: async (label) => {
        if (label.includes("put data#")) await gate;
        isWritten ||= label.includes("put data#");
      },
    });
    const make = { userId: visitorId, kind: "alert", name: "Late", json: "1" };
    const written = [straggling.write(21, "save", make), straggling.write(22, "save", make)];
    await merging.merge();
    goOn();
    const results = await Promise.all(written);

    expect(results).toMatchObject(
      [21, 22].map((count) => ({ kind: "done", output: { item: { id: itemIdOf(count) } } })),
    );
    expect(isWritten).toBe(true);
    const merge = expectWhole(merging.memory, { latest: straggling.latest, told: straggling.told() });
    expect(merge).toMatchObject({ moved: 0, lastSequence: 0 });
    expect(
      straggling
        .told()
        .map(({ sequence }) => sequence)
        .sort(),
    ).toEqual([1, 2]);
    const again = await straggling.write(21, "save", make, 1);
    expect(again.events).toEqual(results[0]?.events);
    expect(await merging.merge(1)).toEqual(merging.results[0]);
  });
});

describe("the account's user while it merges", () => {
  it("keeps what they change and delete", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        stopsIn(15),
        fc.array(fc.tuple(fc.constantFrom("save", "remove"), fc.constantFrom(1, 2, 4, 5, 6, 8, 9, 10, 11, 12)), {
          maxLength: 6,
        }),
        async (scheduler, stops, writes) => {
          const merging = scheduledMerge(await tableWith(mixed(), mixedAccount()), {
            ...{ turn: (label) => scheduler.schedule(Promise.resolve(), label), limit: 3 },
            stops: () => stops.next().value === 0,
          });
          const all = writes.map(async ([does, of], index) => {
            const itemId = of > 9 ? accountItemIdOf(of - 9) : copyIdOf(accountId, itemIdOf(of));
            const owner = { userId: accountId, kind: kinds[of > 9 ? of - 10 : of % 4], itemId };
            const count = index + 40;
            const input = does === "save" ? { ...owner, name: "Own", json: `{"own":${count}}` } : owner;
            const result = await merging.write(count, does === "save" ? "save" : "remove", input);
            return { does, itemId, count, isDone: result.kind === "done" };
          });
          const [done] = await scheduler.waitFor(Promise.all([Promise.all(all), merging.merge(), merging.merge(1)]));
          expectAll(merging);
          const after = new Map(ownedIn(merging.memory, accountId).map((item) => [item.itemId, item]));
          for (const { does, itemId, count, isDone } of done) {
            if (!isDone) continue;
            const item = after.get(itemId);
            if (does === "remove") expect(stands(item)).toBe(false);
            // Newer than anything that moves.
            else if (stands(item)) expect(JSON.parse(item.json)).toMatchObject({ own: expect.any(Number) });
            if (does === "save") expect(item?.changes.some(({ version }) => version > 1 && count > 0)).toBe(true);
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

const countsOf = ({ memory }: Merging) => {
  const { moved, skipped, held, byKind } = mergeIn(memory) ?? {};
  return { moved, skipped, held, byKind };
};

const namesOf = ({ memory }: Merging): readonly string[] =>
  ownedIn(memory, accountId)
    .filter(stands)
    .map(({ kind, name }) => `${kind} ${name}`)
    .sort();

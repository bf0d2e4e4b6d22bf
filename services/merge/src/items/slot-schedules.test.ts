import { describe, expect, it } from "@jest/globals";
import { stands } from "@lanyard/user-data";
import fc from "fast-check";
import { claimsIn, fill, heldItem, itemIdOf, itemIn, itemsIn, upTo } from "../testing/items-under-test.ts";
import { noChance, scheduledItems } from "../testing/scheduled-items.ts";

type Items = ReturnType<typeof scheduledItems>;

interface Given {
  /** How often the message that makes each item is delivered. */
  readonly makes: readonly number[];
  /** Which items are deleted, some of them held ones, some of them not there. */
  readonly removes?: readonly number[];
  /** Which of the held items are saved, by operations of their own. */
  readonly changes?: readonly number[];
  /** A run stops where it says 0. */
  readonly stops: Iterator<number>;
  readonly limit: number;
}

const HELD = [101, 102];

async function atOnce(
  scheduler: fc.Scheduler,
  { makes, removes = [], changes = [], stops, limit }: Given,
): Promise<Items> {
  const items = scheduledItems({
    limit,
    turn: (label) => scheduler.schedule(Promise.resolve(), label),
    stops: () => stops.next().value === 0,
  });
  await fill(items.memory, HELD.map(heldItem));
  const all = [
    ...makes.flatMap((copies, index) => upTo(copies).map((copy) => items.make(index + 1, copy))),
    ...removes.flatMap((count, index) => [1, 2].map((copy) => items.remove(count, 1000 + index, copy))),
    ...changes.flatMap((count, index) => [1, 2].map((copy) => items.change(count, 2000 + index, copy))),
  ];
  await scheduler.waitFor(Promise.all(all));
  return items;
}

/** However it came about: what stands has its slot, one and its own, and nothing else has any. */
function expectWhole({ memory, breaches, results }: Items): void {
  expect([...breaches]).toEqual([]);
  const named = itemsIn(memory)
    .filter(stands)
    .flatMap(({ slot, itemId }) => (slot === undefined ? [] : [[slot, itemId] as const]));
  expect(new Map(claimsIn(memory))).toEqual(new Map(named));
  expect(claimsIn(memory).size).toBe(named.length);
  for (const [count, each] of results) {
    // Whether an item was made is decided once, however the room changes.
    if (count < 1000) expect(new Set(each.map(({ kind }) => kind)).size).toBe(1);
    // When a version was made that has a successor is told as when it was asked for.
    const [first, ...others] = each.filter(({ kind }) => kind === "done").map(asAsked);
    for (const other of others) expect(other).toEqual(first);
  }
}

const asAsked = (result: object): unknown =>
  JSON.parse(JSON.stringify(result, (name, value) => (name === "updatedAt" ? undefined : value)));

const stopsIn = (odds: number) => fc.infiniteStream(fc.nat(odds));

describe("items of one kind that are made at once", () => {
  it.each([
    [16, 3],
    [12, 12],
  ])(
    "%i for %i slots, in every order of calls: as many as there are slots, and the others are refused",
    async (count, limit) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const items = await atOnce(scheduler, {
            makes: upTo(count).map(() => 1),
            stops: [][Symbol.iterator](),
            limit,
          });
          expectWhole(items);
          const done = [...items.results.values()].flat().filter(({ kind }) => kind === "done");
          expect(done).toHaveLength(Math.min(count, limit));
          expect(claimsIn(items.memory).size).toBe(Math.min(count, limit));
        }),
        { numRuns: 25, endOnFailure: true },
      );
    },
  );

  const onAnySchedule = async (given: { readonly seed?: number; readonly path?: string } = {}): Promise<void> => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        stopsIn(8),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.constantFrom(1, 2, 3, 4, 5, 6, ...HELD), { maxLength: 4 }),
        fc.array(fc.constantFrom(...HELD), { maxLength: 3 }),
        async (scheduler, stops, limit, makes, removes, changes) => {
          expectWhole(await atOnce(scheduler, { makes, removes, changes, stops, limit }));
        },
      ),
      { numRuns: 150, endOnFailure: true, ...given },
    );
  };

  it("never have more slots than there are, with deletions, stops after any write, and copies of any message", () =>
    onAnySchedule());

  it("have one slot each, also on the schedule on which a run that stopped left a second one behind", () =>
    onAnySchedule({ seed: -380094037, path: "15" }));
});

describe("items made and deleted one after the other", () => {
  const story = async (items: Items): Promise<void> => {
    await fill(items.memory, [heldItem(101)]);
    for (const count of [1, 2, 3]) await items.make(count);
    await items.remove(1, 1001);
    await items.change(101, 2001);
    await items.remove(2, 1002);
    await items.make(4);
  };

  it("are right wherever one run stops, at whichever write, and when every message comes once more", async () => {
    const counted = scheduledItems({ ...noChance, limit: 2 });
    await story(counted);
    for (let stopAt = 1; stopAt <= counted.writes(); stopAt += 1) {
      let left = stopAt;
      const items = scheduledItems({ ...noChance, limit: 2, stops: () => (left -= 1) === 0 });
      await story(items);
      expectWhole(items);
      for (const count of [1, 2, 3, 4]) await items.make(count);
      await items.change(101, 2001);
      for (const count of [1, 2]) await items.remove(count, 1000 + count);
      expectWhole(items);
      expect([...claimsIn(items.memory).values()].toSorted()).toEqual([4, 101].map(itemIdOf));
      expect(itemIn(items.memory, 3)).toMatchObject({ changes: [], ended: { how: "deleted" } });
    }
  });
});

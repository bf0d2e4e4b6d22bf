import { describe, expect, it } from "@jest/globals";
import { revocationHeadItem, revocationItem, revocationShardOf } from "@lanyard/contracts";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { revocationLog } from "./revocation-log.ts";

const DAY_SECONDS = 24 * 3600;
const at = "2026-11-21T12:00:00.000Z";
/** Sessions of one shard. */
const session = (count: number): string => `0000000a-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}`;
const shard = revocationShardOf(session(0));
const revocation = (count: number) => ({ sessionId: session(count), reason: "logout", at }) as const;

const numbersIn = (store: ReturnType<typeof memoryItemStore>): readonly number[] =>
  store
    .dump()
    .filter(({ key }) => key.sk.startsWith("entry#"))
    .map(({ value }) => Number(value["number"]));
const headOf = async (store: ItemStore): Promise<number | undefined> =>
  (await typedItems(store, revocationHeadItem).load(shard))?.value.last;

describe("a revocation", () => {
  it("stands in the shard of its session, under the next number", async () => {
    const store = memoryItemStore();
    await revocationLog(store).append(revocation(1), { writtenBy: "one" });
    await revocationLog(store).append(revocation(2), { writtenBy: "two" });

    const stored = await typedItems(store, revocationItem).load(shard, 2);
    expect(stored).toMatchObject({ value: { number: 2, ...revocation(2) }, writtenBy: "two" });
    expect(await headOf(store)).toBe(2);
  });

  it("has a shard of its own for each of the eight, by the first digits of its session", () => {
    const shards = Array.from({ length: 16 }, (_, digit) => revocationShardOf(`0000000${digit.toString(16)}-8b1f`));

    expect(shards).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("says the same twice when it is done again after it was done", async () => {
    const store = memoryItemStore();
    await revocationLog(store).append(revocation(1), { writtenBy: "one" });
    await revocationLog(store).append(revocation(1), { writtenBy: "one" });

    expect(numbersIn(store)).toEqual([1, 2]);
    expect(await headOf(store)).toBe(2);
  });
});

describe("fifty revocations of one shard at once", () => {
  it("have the numbers 1 to 50, without a gap and none twice", async () => {
    const store = memoryItemStore();
    const log = revocationLog(slow(store));
    await Promise.all(
      Array.from({ length: 50 }, (_, count) => log.append(revocation(count), { writtenBy: `op${count}` })),
    );

    expect(numbersIn(store)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    const sessions = store.dump().map(({ value }) => value["sessionId"]);
    expect(new Set(sessions.filter((id) => id !== undefined)).size).toBe(50);
    expect(await headOf(store)).toBe(50);
  });
});

describe("a writer that died between entry and head", () => {
  const died = async (): Promise<ReturnType<typeof memoryItemStore>> => {
    const store = memoryItemStore();
    const log = revocationLog(store);
    await log.append(revocation(1), { writtenBy: "one" });
    const withoutHead = { ...store, replace: () => Promise.reject(new Error("died")) };
    await expect(revocationLog(withoutHead).append(revocation(2), { writtenBy: "two" })).rejects.toThrow("died");
    expect(await headOf(store)).toBe(1);
    return store;
  };

  it("finds its entry when it comes again, and appends no other", async () => {
    const store = await died();
    await revocationLog(store).append(revocation(2), { writtenBy: "two" });

    expect(numbersIn(store)).toEqual([1, 2]);
    expect(await headOf(store)).toBe(2);
  });

  it("keeps its number from all others, whose numbers follow", async () => {
    const store = await died();
    await revocationLog(store).append(revocation(3), { writtenBy: "three" });
    expect(numbersIn(store)).toEqual([1, 2, 3]);
    expect(await headOf(store)).toBe(3);
    await revocationLog(store).append(revocation(2), { writtenBy: "two" });

    expect(await headOf(store)).toBe(4);
  });
});

describe("the head", () => {
  it("is never set back by a writer that was slow", async () => {
    const store = memoryItemStore();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late: ItemStore = {
      ...store,
      async load(key) {
        if (key.sk === "head" && numbersIn(store).length > 0) await held;
        return store.load(key);
      },
    };
    const slowly = revocationLog(late).append(revocation(1), { writtenBy: "slow" });
    await new Promise((resolve) => setImmediate(resolve));
    for (const count of [2, 3]) await revocationLog(store).append(revocation(count), { writtenBy: `op${count}` });
    release();
    await slowly;

    expect(await headOf(store)).toBe(3);
  });

  it("keeps the numbers rising when all entries have been deleted", async () => {
    const store = memoryItemStore();
    const log = revocationLog(store);
    for (const count of [1, 2, 3]) await log.append(revocation(count), { writtenBy: `op${count}` });
    store.expireByTtl(Date.parse(at) / 1000 + 8 * DAY_SECONDS - 1);
    expect(numbersIn(store)).toEqual([1, 2, 3]);
    store.expireByTtl(Date.parse(at) / 1000 + 8 * DAY_SECONDS);
    expect(numbersIn(store)).toEqual([]);
    await log.append(revocation(4), { writtenBy: "op4" });

    expect(numbersIn(store)).toEqual([4]);
    expect(await headOf(store)).toBe(4);
  });
});

/** Each call takes effect some turns after it was made. */
function slow(store: ItemStore): ItemStore {
  let turns = 0;
  const later = async (): Promise<void> => {
    turns += 1;
    for (let turn = turns % 5; turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...store,
    load: async (key) => later().then(() => store.load(key)),
    putIfAbsent: async (...args) => later().then(() => store.putIfAbsent(...args)),
    replace: async (...args) => later().then(() => store.replace(...args)),
  };
}

import { describe, expect, it } from "@jest/globals";
import { pullHeadItem, pullItem } from "@lanyard/contracts";
import { type ItemStore, type JsonObject, memoryItemStore, type Stored, typedItems } from "@lanyard/storage";
import type { Pull, StampedSession } from "./pull-index.ts";
import { PullLog } from "./pull-log.ts";

const at = "2026-11-21T12:00:00.000Z";
const kept = Date.parse(at) / 1000;
const userOf = (number: number): string => `0b6f6a3e-7a0e-8f5b-9c1d-${String(number).padStart(12, "0")}`;
/** Each of a user of its own, so that the index tells which it has. */
const pullOf = (number: number): Pull => ({
  number,
  revocationId: `1c7a7b4f-8b1f-8a6c-8d2e-${String(number).padStart(12, "0")}`,
  scope: { kind: "user", userId: userOf(number) },
  at,
});
const sessionOf = (number: number, stamp = 0): StampedSession => ({
  userId: userOf(number),
  userKind: "account",
  method: "magic_link",
  openedAtSeconds: kept,
  address: { kind: "unknown" },
  stamp,
});
const put = async (store: ItemStore, number: number): Promise<void> => {
  const options = { writtenBy: `op${number}`, ttlEpochSeconds: kept + number };
  await typedItems(store, pullItem).putIfAbsent(pullOf(number), [number], options);
};
const raiseHead = async (store: ItemStore, last: number): Promise<void> => {
  const heads = typedItems(store, pullHeadItem);
  const current = await heads.load();
  if (current === undefined) await heads.putIfAbsent({ last }, [], { writtenBy: `head${last}` });
  else await heads.replace(current, { last }, { writtenBy: `head${last}` });
};
async function storeWith(numbers: number, head = numbers) {
  const store = memoryItemStore();
  for (let number = 1; number <= numbers; number += 1) await put(store, number);
  if (head > 0) await raiseHead(store, head);
  return store;
}
const knows = (log: PullLog, number: number): boolean => log.index.check(sessionOf(number)).kind === "void";
const upTo = (count: number, from = 1): readonly number[] =>
  Array.from({ length: count - from + 1 }, (_, index) => index + from);

describe("the log of pulls", () => {
  it("is empty where nobody has pulled", async () => {
    const log = new PullLog(memoryItemStore());
    await log.catchUp();

    expect(log.readUpTo).toBe(0);
    expect(log.index.newest).toBe(0);
  });

  it("is read whole however long it is, each pull told once", async () => {
    const store = await storeWith(250);
    const told: number[] = [];
    const log = new PullLog(store, ({ number }) => told.push(number));
    await log.catchUp();
    await log.catchUp();

    expect(log.readUpTo).toBe(250);
    expect(told).toEqual(upTo(250));
    expect(log.pull(7)).toEqual(pullOf(7));
    expect(log.pull(251)).toBeUndefined();
  });

  it("is read on from where it was read to", async () => {
    const store = await storeWith(3);
    const log = new PullLog(store);
    await log.catchUp();
    for (const number of upTo(120, 4)) await put(store, number);
    await log.catchUp();

    expect(log.readUpTo).toBe(120);
    expect(upTo(120).every((number) => knows(log, number))).toBe(true);
  });

  it("goes beyond its head, which is raised after the pull stands", async () => {
    const log = new PullLog(await storeWith(5, 3));
    await log.catchUp();

    expect(log.readUpTo).toBe(5);
    expect(knows(log, 5)).toBe(true);
  });
});

describe("a pull that comes in behind the reader, with its successor before it", () => {
  it("is read before anything after it counts as read", async () => {
    const store = await storeWith(1);
    let reads = 0;
    const behind: ItemStore = {
      ...store,
      async list(pk, options) {
        const page = await store.list(pk, options);
        reads += 1;
        // No snapshot: 2 came in where this page had been read, 3 where it had not.
        return reads === 3 ? { ...page, items: page.items.filter((item) => numberOf(item) !== 2) } : page;
      },
    };
    const log = new PullLog(behind);
    await log.catchUp();
    expect(reads).toBe(2);
    await put(store, 2);
    await put(store, 3);
    await log.catchUp();

    expect(reads).toBe(4);
    expect(log.readUpTo).toBe(3);
    expect(knows(log, 2)).toBe(true);
  });

  it("is not taken as read when it came in behind the second reading as well", async () => {
    const store = await storeWith(1);
    const log = new PullLog(store);
    await log.catchUp();
    for (const number of [2, 3, 4, 5]) await put(store, number);
    let reads = 0;
    const behind: ItemStore = {
      ...store,
      async list(pk, options) {
        const page = await store.list(pk, options);
        reads += 1;
        const missed = reads === 2 ? [2, 4, 5] : reads === 3 ? [4] : [];
        return { ...page, items: page.items.filter((item) => !missed.includes(numberOf(item))) };
      },
    };
    const other = new PullLog(behind);
    await other.catchUp();

    expect(other.readUpTo).toBe(3);
    expect(knows(other, 5)).toBe(true);
    await other.catchUp();
    expect(other.readUpTo).toBe(5);
    expect(knows(other, 4)).toBe(true);
  });

  it("is not passed over by any reader, however the two fall together", async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const store = await storeWith(2);
      const log = new PullLog(readPlaceByPlace(store, seed));
      const writing = (async () => {
        for (const number of upTo(30, 3)) {
          for (let turn = (seed * number) % 7; turn > 0; turn -= 1) await nextTurn();
          await put(store, number);
        }
      })();
      let before = 0;
      while (log.readUpTo < 30) {
        const standing = store.dump().filter(({ key }) => key.sk.startsWith("pull#")).length;
        await log.catchUp();
        expect(log.readUpTo).toBeGreaterThanOrEqual(Math.max(before, standing));
        expect(upTo(log.readUpTo).filter((number) => !knows(log, number))).toEqual([]);
        before = log.readUpTo;
      }
      await writing;
    }
  });
});

describe("pulls that have been deleted", () => {
  it("are no gap: what the head had counted is read", async () => {
    const store = await storeWith(5);
    store.expireByTtl(kept + 3);
    const log = new PullLog(store);
    await log.catchUp();
    await put(store, 6);
    await log.catchUp();

    expect(log.readUpTo).toBe(6);
    expect(upTo(6).filter((number) => knows(log, number))).toEqual([4, 5, 6]);
  });

  it("leave their numbers behind when all are gone", async () => {
    const store = await storeWith(5);
    store.expireByTtl(kept + 5);
    const log = new PullLog(store);
    await log.catchUp();

    expect(log.readUpTo).toBe(5);
    expect(log.index.newest).toBe(0);
  });

  it("in the middle hold no reader up", async () => {
    const store = await storeWith(5);
    const log = new PullLog(store);
    await log.catchUp();
    for (const number of [6, 7, 8]) await put(store, number);
    store.expireByTtl(kept + 7);
    await log.catchUp();

    expect(log.readUpTo).toBe(8);
    expect(knows(log, 8)).toBe(true);
  });
});

describe("what an event says ahead of the log", () => {
  it("voids at once, is no stamp, and is told once", async () => {
    const store = await storeWith(2);
    const told: number[] = [];
    const log = new PullLog(store, ({ number }) => told.push(number));
    await log.catchUp();
    log.note(pullOf(4));
    log.note(pullOf(4));
    expect(knows(log, 4)).toBe(true);
    expect(log.readUpTo).toBe(2);
    await put(store, 3);
    await put(store, 4);
    await log.catchUp();

    expect(log.readUpTo).toBe(4);
    expect(told).toEqual([1, 2, 4, 3]);
  });

  it("is taken before anything was read, too", async () => {
    const log = new PullLog(await storeWith(2));
    log.note(pullOf(2));
    await log.catchUp();

    expect(log.readUpTo).toBe(2);
    expect(knows(log, 1)).toBe(true);
  });
});

describe("several who catch up at once", () => {
  it("each have what stood when they asked, and none sets another back", async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const store = await storeWith(3, 2);
      const log = new PullLog(slow(store, seed));
      let highest = 0;
      const readers = upTo(8).map(async (reader) => {
        for (let turn = reader * (seed % 4); turn > 0; turn -= 1) await nextTurn();
        const standing = store.dump().filter(({ key }) => key.sk.startsWith("pull#")).length;
        await log.catchUp();
        expect(log.readUpTo).toBeGreaterThanOrEqual(Math.max(standing, highest));
        highest = log.readUpTo;
      });
      for (const number of upTo(12, 4)) {
        await nextTurn();
        await put(store, number);
        await raiseHead(store, number);
      }
      await Promise.all(readers);
      expect(upTo(log.readUpTo).every((number) => knows(log, number))).toBe(true);
    }
  });

  it("are not set back by a first read that was slow", async () => {
    const store = await storeWith(1);
    let loads = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log = new PullLog({
      ...store,
      async load(key) {
        loads += 1;
        const head = await store.load(key);
        if (loads === 1) await held;
        return head;
      },
    });
    const late = log.catchUp();
    for (const number of [2, 3]) await put(store, number);
    await log.catchUp();
    const seen: number[] = [log.readUpTo];
    release();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve().then(() => seen.push(log.readUpTo));
    await late;

    expect(seen).toEqual(seen.map(() => 3));
  });

  it("learn of it when the table does not answer, and read all of it later", async () => {
    const store = await storeWith(3);
    let isDown = true;
    const log = new PullLog({
      ...store,
      list: async (...args) => (isDown ? Promise.reject(new Error("down")) : store.list(...args)),
    });
    await expect(log.catchUp()).rejects.toThrow("down");
    isDown = false;
    await log.catchUp();

    expect(log.readUpTo).toBe(3);
    expect(knows(log, 1)).toBe(true);
  });
});

const numberOf = (item: Stored<unknown>): number => Number(item.key.sk.slice("pull#".length));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads a page as a table may: place after place, while others write behind the reader. */
function readPlaceByPlace(store: ItemStore, seed: number): ItemStore {
  let turns = seed;
  return {
    ...store,
    async list(pk, { after } = {}) {
      await nextTurn();
      const items: Stored<JsonObject>[] = [];
      for (const number of upTo(40)) {
        const { sk } = pullItem.key(number);
        if (after !== undefined && Buffer.from(after, "base64url").toString() >= sk) continue;
        turns += 1;
        if (turns % (2 + (seed % 3)) === 0) await nextTurn();
        const item = await store.load({ pk, sk });
        if (item !== undefined) items.push(item);
      }
      return { items };
    },
  };
}

/** Each call takes effect some turns after it was made, and its answer comes some turns later. */
function slow(store: ItemStore, seed: number): ItemStore {
  let turns = seed;
  const later = async (): Promise<void> => {
    turns += 1;
    for (let turn = (turns * 7) % 5; turn > 0; turn -= 1) await nextTurn();
  };
  const slowly = async <T>(call: () => Promise<T>): Promise<T> => {
    await later();
    const answer = await call();
    await later();
    return answer;
  };
  return {
    ...store,
    load: (key) => slowly(() => store.load(key)),
    list: (...args) => slowly(() => store.list(...args)),
  };
}

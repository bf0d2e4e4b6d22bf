import { beforeEach, describe, expect, it } from "@jest/globals";
import { userItem } from "@lanyard/contracts";
import {
  ContentionExceeded,
  type ItemStore,
  type MemoryItemStore,
  memoryItemStore,
  typedItems,
} from "@lanyard/storage";
import fc from "fast-check";
import { signInRaces } from "./testing/sign-in-races.ts";
import { createdEvent, moveAway, operation, ownIdOf, signIn, standing } from "./testing/sign-ins.ts";

const address = "ada@example.com";
const [first, second, third] = [operation(1), operation(2), operation(3)] as const;

let store: MemoryItemStore;
beforeEach(() => {
  store = memoryItemStore();
});

signInRaces("memory", () => store);

describe("the first sign-in of an address", () => {
  it("makes an account, claims the address for it and tells of it", async () => {
    const signedIn = await signIn(store, first, address);
    const userId = ownIdOf(first);
    const createdAt = "2026-11-21T12:00:00.000Z";
    const user = { userId, userKind: "account", email: address, createdAt };

    expect(signedIn).toEqual({
      userId,
      events: [{ type: "user.created", occurredAt: createdAt, data: { userId, userKind: "account" } }],
    });
    expect(await standing(store, address, [first])).toEqual({
      claim: { email: address, userId, claimedAt: createdAt, operationId: first },
      accounts: [user],
      entries: [userId],
    });
    expect((await store.listByIndex("by_email", address)).keys).toEqual([
      { pk: `user#${userId}`, sk: `email#${address}` },
    ]);
    expect(store.dump()).toHaveLength(3);
  });

  it("says the same thing twice when it comes twice, and writes nothing more", async () => {
    const once = await signIn(store, first, address);
    const written = store.dump();
    expect(await signIn(store, first, address, { seconds: 3600 })).toEqual(once);
    expect(store.dump()).toEqual(written);
  });

  it("is of the address in its normal form, however it was written", async () => {
    await signIn(store, first, " Ada@EXAMPLE.com");
    expect((await signIn(store, second, address)).userId).toBe(ownIdOf(first));
    expect((await standing(store, address, [])).claim?.email).toBe(address);
  });

  it("of what is no address is a defect, and writes nothing", async () => {
    await expect(signIn(store, first, "ada")).rejects.toThrow("no address");
    expect(store.dump()).toEqual([]);
  });
});

describe("a later sign-in", () => {
  it("finds the account, tells of nothing and writes nothing", async () => {
    const { userId } = await signIn(store, first, address);
    const written = store.dump();
    expect(await signIn(store, second, address, { seconds: 60 })).toEqual({ userId, events: [] });
    expect(store.dump()).toEqual(written);
  });

  it("of another address makes another account", async () => {
    await signIn(store, first, address);
    expect((await signIn(store, second, "eve@example.com")).userId).toBe(ownIdOf(second));
  });
});

describe("a claim whose account", () => {
  const becoming = async (change: object) => {
    const { userId } = await signIn(store, first, address);
    const users = typedItems(store, userItem);
    const current = await users.load(userId);
    if (current === undefined) throw new Error("there is no account");
    await users.replace(current, { ...current.value, ...change }, { writtenBy: "change" });
  };

  it.each([
    ["has another address", { email: "eve@example.com" }],
    ["was merged into another", { mergedTo: ownIdOf(third), mergedAt: "2026-11-21T12:00:30.000Z" }],
    ["is none", { userKind: "anonymous" }],
  ])("%s counts no more: the next sign-in makes an account of its own", async (_, change) => {
    await becoming(change);
    const { userId, events } = await signIn(store, second, address, { seconds: 60 });
    const { claim, accounts, entries } = await standing(store, address, [second]);
    expect(userId).toBe(ownIdOf(second));
    expect(events).toEqual(accounts.map(createdEvent));
    expect(claim).toEqual({ email: address, userId, claimedAt: "2026-11-21T12:01:00.000Z", operationId: second });
    expect(entries).toEqual([userId]);
  });

  it("has another address is its claimant's still, whenever that comes again", async () => {
    const once = await signIn(store, first, address);
    await moveAway(store, once.userId, "eve@example.com");
    expect(await signIn(store, first, address, { seconds: 30 })).toEqual(once);
    await signIn(store, second, address, { seconds: 60 });
    expect(await signIn(store, first, address, { seconds: 90 })).toEqual(once);
    expect((await standing(store, address, [])).claim?.operationId).toBe(second);
  });
});

describe("an operation that others are faster than every time", () => {
  it("gives up, to be tried again, and leaves no account behind", async () => {
    const { userId } = await signIn(store, first, address);
    await moveAway(store, userId, "eve@example.com");
    const replace: ItemStore["replace"] = async (current) => ({ kind: "lost", stored: current });
    await expect(signIn({ ...store, replace }, second, address)).rejects.toBeInstanceOf(ContentionExceeded);
    expect((await standing(store, address, [second])).accounts).toEqual([]);
  });
});

describe("a worker that dies", () => {
  const situations = {
    "in the first sign-in of an address": async () => {},
    "in a sign-in whose claim counts no more": async () => {
      const { userId } = await signIn(store, third, address);
      await moveAway(store, userId, "eve@example.com");
    },
  };
  const MOST_CALLS = 12;
  const moments = Object.keys(situations).flatMap((situation) =>
    (["before", "after"] as const).flatMap((side) =>
      Array.from({ length: MOST_CALLS }, (_, index) => [situation, side, index + 1] as const),
    ),
  );
  const reached = new Set<string>();

  it.each(moments)(
    "%s, %s call %s, is followed by one whole account, told of by its claimant alone",
    async (situation, side, nth) => {
      for (const healers of [[first], [second], [second, first], [second, operation(4), first, second]]) {
        store = memoryItemStore();
        await situations[situation as keyof typeof situations]();
        const dying = dyingAt(store, nth, side);
        const died = await signIn(dying, first, address, { seconds: 60 }).then(
          () => false,
          () => true,
        );
        if (died) reached.add(`${situation} ${side} ${nth}`);

        const results = [];
        for (const [index, operationId] of healers.entries()) {
          results.push({ operationId, ...(await signIn(store, operationId, address, { seconds: 120 + index })) });
        }
        const { claim, accounts, entries } = await standing(store, address, [first, ...healers]);
        const [account] = accounts;
        if (claim === undefined || account === undefined) throw new Error("nobody made an account");
        expect(accounts).toEqual([
          { userId: claim.userId, userKind: "account", email: address, createdAt: claim.claimedAt },
        ]);
        expect(entries).toEqual([claim.userId]);
        expect(results).toEqual(
          healers.map((operationId) => ({
            operationId,
            userId: claim.userId,
            events: operationId === claim.operationId ? [createdEvent(account)] : [],
          })),
        );
      }
    },
  );

  it("was tried at every call that is made", () => {
    const last = (situation: string) =>
      moments.filter(([of, side, nth]) => reached.has(`${of} ${side} ${nth}`) && of === situation);
    for (const situation of Object.keys(situations)) {
      // Seven calls at the least, and none beyond the last that was tried.
      expect(last(situation).length).toBeGreaterThanOrEqual(14);
      expect(last(situation).map(([, , nth]) => nth)).not.toContain(MOST_CALLS);
    }
  });
});

describe("sign-ins in whatever order their calls take effect, while accounts move away", () => {
  it("are told of an account exactly when they made it, for ever the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 0, max: 3 }),
        async (scheduler, signIns, deliveries, moves) => {
          const table = memoryItemStore();
          const slow = inTurns(table, scheduler);
          const operations = Array.from({ length: signIns }, (_, number) => operation(number));
          /** What each operation was told of its own account, once it was. */
          const told = new Map<string, unknown>();
          const run = async (operationId: string, through: ItemStore): Promise<void> => {
            const before = told.get(operationId);
            const signedIn = await signIn(through, operationId, address, { seconds: told.size });
            const isOwn = signedIn.userId === ownIdOf(operationId);
            expect(signedIn.events.length).toBe(isOwn ? 1 : 0);
            if (before !== undefined) expect(signedIn).toEqual(before);
            if (isOwn) told.set(operationId, signedIn);
          };
          const move = async (number: number): Promise<void> => {
            await scheduler.schedule(Promise.resolve());
            const { claim } = await standing(table, address, []);
            const isMade = claim !== undefined && (await typedItems(table, userItem).load(claim.userId)) !== undefined;
            if (isMade) await moveAway(table, claim.userId, `eve-${number}@example.com`);
          };
          const running = [
            ...operations.flatMap((operationId) => Array.from({ length: deliveries }, () => run(operationId, slow))),
            ...Array.from({ length: moves }, (_, number) => move(number)),
          ];
          await scheduler.waitFor(Promise.all(running));

          const latest = operation(99);
          const all = [...operations, latest];
          for (const operationId of all) await run(operationId, table);
          const { claim, accounts, entries } = await standing(table, address, all);
          const current = accounts.filter(({ email }) => email === address);
          expect(current.map(({ userId }) => userId)).toEqual([claim?.userId]);
          expect(entries).toEqual(accounts.map(({ userId }) => userId));
          expect([...told.keys()].map(ownIdOf).toSorted()).toEqual(accounts.map(({ userId }) => userId).toSorted());
          for (const account of accounts) {
            expect([...told.values()]).toContainEqual({ userId: account.userId, events: [createdEvent(account)] });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A table whose every call waits for its turn, before and after. */
function inTurns(table: ItemStore, scheduler: fc.Scheduler): ItemStore {
  return through(table, async (call) => {
    await scheduler.schedule(Promise.resolve());
    const result = await call();
    await scheduler.schedule(Promise.resolve());
    return result;
  });
}

/** A table that fails at its nth call, before it has taken effect or after, and at every one from then on. */
function dyingAt(table: ItemStore, nth: number, side: "before" | "after"): ItemStore {
  let calls = 0;
  return through(table, async (call) => {
    calls += 1;
    const dies = calls >= nth;
    if (calls > nth || (dies && side === "before")) throw new Error("died");
    const result = await call();
    if (dies) throw new Error("died");
    return result;
  });
}

function through(table: ItemStore, around: (call: () => Promise<unknown>) => Promise<unknown>): ItemStore {
  return new Proxy(table, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) =>
        around(() => (method as (...given: unknown[]) => Promise<unknown>).apply(target, args));
    },
  });
}

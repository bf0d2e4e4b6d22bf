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
import { dyingAt, holding, inTurns } from "./testing/troubled-table.ts";

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
    // The claim, the account, its entry, and that there was none before.
    expect(store.dump()).toHaveLength(4);
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
  it("finds the account, tells of nothing and writes nothing but what it has found", async () => {
    const { userId } = await signIn(store, first, address);
    const written = store.dump();
    expect(await signIn(store, second, address, { seconds: 60 })).toEqual({ userId, events: [] });
    const isFound = ({ key }: { readonly key: { readonly pk: string } }): boolean => key.pk === `operation#${second}`;
    expect(store.dump().filter((item) => !isFound(item))).toEqual(written);
    expect(
      store
        .dump()
        .filter(isFound)
        .map(({ value }) => value),
    ).toEqual([{ operationId: second, userId }]);
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

describe("a late copy of a sign-in's message", () => {
  const everything = [first, second, third];
  /** The second sign-in finds the account of the first, which then moves away. */
  const foundThenMoved = async () => {
    const { userId } = await signIn(store, first, address);
    const found = await signIn(store, second, address, { seconds: 60 });
    expect(found).toEqual({ userId, events: [] });
    await moveAway(store, userId, "eve@example.com");
    return found;
  };

  it("is told of the account that the first one found, and makes none, when nobody has the address any more", async () => {
    const found = await foundThenMoved();
    const before = store.dump();
    expect(await signIn(store, second, address, { seconds: 7200 })).toEqual(found);
    expect(store.dump()).toEqual(before);
  });

  it("is told of that account when another has the address by now, and so is no later sign-in", async () => {
    const found = await foundThenMoved();
    const other = await signIn(store, third, address, { seconds: 120 });
    expect(other.userId).toBe(ownIdOf(third));
    expect(await signIn(store, second, address, { seconds: 7200 })).toEqual(found);
    expect((await signIn(store, operation(4), address, { seconds: 7200 })).userId).toBe(other.userId);
    expect((await standing(store, address, everything)).claim?.userId).toBe(other.userId);
  });

  it("makes none behind the back of the first, wherever the account moves between their calls", async () => {
    let moments = 0;
    for (let nth = 1; nth < 20; nth += 1) {
      store = memoryItemStore();
      const { userId } = await signIn(store, first, address);
      const hasDied = await signIn(dyingAt(store, nth, "after"), second, address, { seconds: 60 }).then(
        () => false,
        () => true,
      );
      if (hasDied) moments += 1;
      await moveAway(store, userId, "eve@example.com");
      const once = await signIn(store, second, address, { seconds: 120 });
      expect([userId, ownIdOf(second)]).toContain(once.userId);
      await moveAway(store, once.userId, "eva@example.com");
      expect(await signIn(store, second, address, { seconds: 180 })).toEqual(once);
      const { accounts } = await standing(store, address, [second]);
      expect(accounts.map((account) => account.userId)).toEqual(once.userId === userId ? [] : [once.userId]);
    }
    expect(moments).toBeGreaterThanOrEqual(5);
    expect(moments).toBeLessThan(19);
  });

  it("that has found an account, and one that sees it gone again, are told of the same", async () => {
    const { userId } = await signIn(store, first, address);
    await moveAway(store, userId, "eve@example.com");
    // One copy is about to put its claim in place of the first; another account does so, and another copy finds that.
    const claiming = holding(store, ({ sk }, how) => sk === "claim" && how === "replace");
    const late = signIn(claiming.table, second, address, { seconds: 60 });
    await claiming.reached;
    const other = await signIn(store, third, address, { seconds: 120 });
    const finding = holding(store, ({ sk }, how) => sk === "found-account" && how === "replace");
    const later = signIn(finding.table, second, address, { seconds: 180 });
    await finding.reached;
    // That one moves on, too: now the first copy sees an address that is nobody's.
    await moveAway(store, other.userId, "eva@example.com");
    claiming.letGo();
    const told = await late;
    finding.letGo();
    expect((await later).userId).toBe(told.userId);
    expect((await signIn(store, second, address, { seconds: 240 })).userId).toBe(told.userId);
    const { accounts } = await standing(store, address, [second]);
    expect(accounts.map((account) => account.userId)).toEqual([told.userId]);
  });

  it("and fifteen others that see two accounts are told of one", async () => {
    const { userId } = await signIn(store, first, address);
    await moveAway(store, userId, "eve@example.com");
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, index) => signIn(store, second, address, { seconds: index })),
    );
    expect(new Set(results.map((result) => result.userId))).toEqual(new Set([ownIdOf(second)]));
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
  it("are told of one account each, for ever the same, and made it exactly when they tell of it", async () => {
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
          /** What each operation was told, by whichever copy of its message. */
          const told = new Map<string, unknown>();
          const makers = new Set<string>();
          const run = async (operationId: string, through: ItemStore): Promise<void> => {
            const before = told.get(operationId);
            const signedIn = await signIn(through, operationId, address, { seconds: told.size });
            const isOwn = signedIn.userId === ownIdOf(operationId);
            expect(signedIn.events.length).toBe(isOwn ? 1 : 0);
            if (before !== undefined) expect(signedIn).toEqual(before);
            told.set(operationId, signedIn);
            if (isOwn) makers.add(operationId);
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
          expect([...makers].map(ownIdOf).toSorted()).toEqual(accounts.map(({ userId }) => userId).toSorted());
          for (const account of accounts) {
            expect([...told.values()]).toContainEqual({ userId: account.userId, events: [createdEvent(account)] });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

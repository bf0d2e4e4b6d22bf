import { beforeEach, describe, expect, it } from "@jest/globals";
import { type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import fc from "fast-check";
import { accountAt, type ChangeTold, change } from "./testing/email-changes.ts";
import { operation, ownIdOf, signIn, standing } from "./testing/sign-ins.ts";
import { dyingAt, inTurns } from "./testing/troubled-table.ts";

const [ada, lovelace, eve] = ["ada@example.com", "lovelace@example.com", "eve@example.com"] as const;
const changing = operation(50);
const noon = "2026-11-21T12:00:00.000Z";

let store: MemoryItemStore;
let userId: string;
beforeEach(async () => {
  store = memoryItemStore();
  ({ userId } = await signIn(store, operation(1), ada));
});

const claimOf = async (address: string) => (await standing(store, address, [])).claim;
/** Whom a sign-in at this moment would find, or the account that it makes. */
const found = async (address: string, number: number) => (await signIn(store, operation(number), address)).userId;
const changedEvent = (of: string, occurredAt: string) => ({
  type: "user.emailChanged",
  occurredAt,
  data: { userId: of },
});

describe("an account that changes to an address which nobody has", () => {
  it("carries it, remembers the old one, and tells of it", async () => {
    const told = await change(store, { userId, email: lovelace, operationId: changing, seconds: 60 });
    const at = "2026-11-21T12:01:00.000Z";

    expect(told).toEqual({ ended: "done", events: [changedEvent(userId, at)] });
    expect(await accountAt(store, userId)).toEqual({
      userId,
      userKind: "account",
      email: lovelace,
      emailVersion: 1,
      emailChanges: [{ operationId: changing, receivedAt: at, at, from: ada, to: lovelace }],
      createdAt: noon,
    });
    expect(await claimOf(lovelace)).toMatchObject({ userId, operationId: changing });
    expect(await found(lovelace, 2)).toBe(userId);
    expect((await store.listByIndex("by_email", lovelace)).keys).toHaveLength(1);
    expect((await store.listByIndex("by_email", ada)).keys).toHaveLength(1);
  });

  it("is told the same when the message comes again, however late, and nothing more is written", async () => {
    const asked = { userId, email: lovelace, operationId: changing };
    const once = await change(store, asked);
    const written = store.dump();

    expect(await change(store, asked, 3600)).toEqual(once);
    expect(store.dump()).toEqual(written);
    await change(store, { userId, email: eve, operationId: operation(51), seconds: 60 });
    expect(await change(store, asked, 3600)).toEqual(once);
    expect((await accountAt(store, userId)).email).toBe(eve);
  });

  it("leaves the old address to whoever proves it next, who gets an account of their own", async () => {
    await change(store, { userId, email: lovelace, operationId: changing });

    expect(await found(ada, 2)).toBe(ownIdOf(operation(2)));
    expect((await accountAt(store, userId)).email).toBe(lovelace);
  });

  it("can have its old address back, unless another has it by then", async () => {
    await change(store, { userId, email: lovelace, operationId: changing });
    expect((await change(store, { userId, email: ada, operationId: operation(51), seconds: 60 })).ended).toBe("done");
    expect(await found(ada, 2)).toBe(userId);
    expect(await found(lovelace, 3)).toBe(ownIdOf(operation(3)));
    const back = { userId, email: lovelace, operationId: operation(52), seconds: 120 };
    expect(await change(store, back)).toEqual({ ended: "email_already_exists", events: [] });
    expect((await accountAt(store, userId)).emailVersion).toBe(2);
  });

  it("is told so, without an event, when another of its requests has made it so", async () => {
    await change(store, { userId, email: lovelace, operationId: changing });
    const again = { userId, email: lovelace, operationId: operation(51), seconds: 60 };
    expect(await change(store, again)).toEqual({ ended: "done", events: [] });
    expect((await accountAt(store, userId)).emailChanges).toHaveLength(1);
    const between = { userId, email: eve, operationId: operation(52), seconds: 30 };
    expect((await change(store, between, 90)).ended).toBe("email_change_superseded");
    expect(await change(store, again, 120)).toEqual({ ended: "done", events: [] });
  });
});

describe("an account that changes to another's address", () => {
  it("is refused, and no address changes", async () => {
    const other = await signIn(store, operation(2), eve);
    const told = await change(store, { userId, email: eve, operationId: changing });

    expect(told).toEqual({ ended: "email_already_exists", events: [] });
    expect(await accountAt(store, userId)).toMatchObject({ email: ada, emailUnchanged: [{ why: "taken" }] });
    expect(await claimOf(eve)).toMatchObject({ userId: other.userId });
  });

  it("stays refused when its message comes again, though the address is free by then", async () => {
    const other = await signIn(store, operation(2), eve);
    const asked = { userId, email: eve, operationId: changing };
    const once = await change(store, asked);
    await change(store, { userId: other.userId, email: lovelace, operationId: operation(51) });

    expect(await change(store, asked, 60)).toEqual(once);
    expect((await accountAt(store, userId)).email).toBe(ada);
    expect((await change(store, { ...asked, operationId: operation(52), seconds: 60 })).ended).toBe("done");
  });

  it("is refused when that account was claimed and not made yet: it is made first", async () => {
    await expect(signIn(dyingAt(store, 4, "before"), operation(2), eve)).rejects.toThrow("died");
    expect(await claimOf(eve)).toMatchObject({ operationId: operation(2) });
    const told = await change(store, { userId, email: eve, operationId: changing });

    expect(told.ended).toBe("email_already_exists");
    expect(await accountAt(store, ownIdOf(operation(2)))).toMatchObject({ email: eve });
  });
});

describe("a visitor, or nobody", () => {
  it("gets no address", async () => {
    const asked = { userId: ownIdOf(operation(77)), email: eve, operationId: changing };
    expect(await change(store, asked)).toEqual({ ended: "email_change_superseded", events: [] });
    expect(await claimOf(eve)).toBeUndefined();
  });
});

describe("a change that comes late", () => {
  it("undoes none that was received after it", async () => {
    await change(store, { userId, email: eve, operationId: operation(51), seconds: 60 });
    const late = { userId, email: lovelace, operationId: changing, seconds: 0 };

    expect(await change(store, late, 3600)).toEqual({ ended: "email_change_superseded", events: [] });
    expect((await accountAt(store, userId)).email).toBe(eve);
    expect(await claimOf(lovelace)).toBeUndefined();
  });
});

describe("a worker that dies in a change", () => {
  const MOST_CALLS = 14;
  const moments = (["before", "after"] as const).flatMap((side) =>
    Array.from({ length: MOST_CALLS }, (_, index) => [side, index + 1] as const),
  );
  const reached = new Set<string>();

  it.each(moments)("%s call %i, is followed by a whole change, told of by its operation alone", async (side, nth) => {
    for (const healer of ["the change itself", "a sign-in", "another account", "another change"] as const) {
      store = memoryItemStore();
      ({ userId } = await signIn(store, operation(1), ada));
      const other = await signIn(store, operation(2), eve);
      const asked = { userId, email: lovelace, operationId: changing, seconds: 60 };
      const died = await change(dyingAt(store, nth, side), asked).then(
        () => false,
        () => true,
      );
      if (died) reached.add(`${side} ${nth}`);
      const claimed = (await claimOf(lovelace)) !== undefined;

      if (healer === "a sign-in") {
        expect(await found(lovelace, 3)).toBe(claimed ? userId : ownIdOf(operation(3)));
      } else if (healer === "another account") {
        const wants = { userId: other.userId, email: lovelace, operationId: operation(60), seconds: 90 };
        expect((await change(store, wants)).ended).toBe(claimed ? "email_already_exists" : "done");
      } else if (healer === "another change") {
        await change(store, { userId, email: "third@example.com", operationId: operation(60), seconds: 90 });
      }
      const told = await change(store, asked, 120);
      expect(await change(store, asked, 150)).toEqual(told);

      const { email, emailChanges = [] } = await accountAt(store, userId);
      const made = emailChanges.find(({ operationId }) => operationId === changing);
      expect(told.ended === "done").toBe(made !== undefined);
      expect(told.events).toEqual(made === undefined ? [] : [changedEvent(userId, made.at)]);
      const isSuperseded = healer === "another change";
      if (!isSuperseded && (claimed || healer === "the change itself")) expect(told.ended).toBe("done");
      expect(email).toBe(isSuperseded ? "third@example.com" : made === undefined ? ada : lovelace);
      expect(await found(email ?? "", 4)).toBe(userId);
      if (made !== undefined && !isSuperseded) {
        expect((await standing(store, lovelace, [operation(1)])).entries).toEqual([userId]);
      }
    }
  });

  it("was tried at every call that is made", () => {
    for (const side of ["before", "after"]) {
      expect(reached).toContain(`${side} 8`);
      expect(reached).not.toContain(`${side} ${MOST_CALLS}`);
    }
  });
});

describe("sixteen accounts that change to one address at once", () => {
  it("leave it to one of them; all others keep theirs", async () => {
    const numbers = Array.from({ length: 16 }, (_, number) => number + 100);
    for (const number of numbers) await signIn(store, operation(number), `person-${number}@example.com`);
    const told = await Promise.all(
      numbers.map((number) =>
        change(store, { userId: ownIdOf(operation(number)), email: lovelace, operationId: operation(number + 100) }),
      ),
    );

    expect(told.filter(({ ended }) => ended === "done")).toHaveLength(1);
    expect(told.filter(({ ended }) => ended === "email_already_exists")).toHaveLength(15);
    for (const [index, number] of numbers.entries()) {
      const own = ownIdOf(operation(number));
      const { email = "" } = await accountAt(store, own);
      expect(email).toBe(told[index]?.ended === "done" ? lovelace : `person-${number}@example.com`);
      expect(await found(email, 300 + number)).toBe(own);
    }
  });
});

describe("changes and sign-ins, in whatever order their calls take effect, each delivered twice", () => {
  const addresses = [ada, lovelace, eve] as const;
  const anyAddress = fc.constantFrom(...addresses);
  /** Of account 1 or 2, to an address, received at a second. */
  const anyChange = fc.record({
    of: fc.constantFrom(1, 2),
    email: anyAddress,
    seconds: fc.integer({ min: 0, max: 3 }),
  });

  it("leave each account one address, which is found by it, and each address at most one account", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anyChange, { minLength: 1, maxLength: 4 }),
        fc.array(anyAddress, { maxLength: 3 }),
        async (scheduler, changes, signIns) => {
          store = memoryItemStore();
          const own = [1, 2].map((number) => ownIdOf(operation(number)));
          await signIn(store, operation(1), ada);
          await signIn(store, operation(2), eve);
          const slow = inTurns(store, scheduler);
          const asked = changes.map(({ of, email, seconds }, index) => ({
            userId: own[of - 1] ?? "",
            email,
            seconds,
            operationId: operation(50 + index),
          }));
          const told: ChangeTold[][] = asked.map(() => []);
          const work = [
            ...[...asked.entries(), ...asked.entries()].map(async ([index, each]) => {
              told[index]?.push(await change(slow, each, 10));
            }),
            ...signIns.map((email, index) => signIn(slow, operation(80 + index), email, { seconds: 10 })),
          ];
          await scheduler.waitFor(Promise.all(work));

          const ids = [...own, ...signIns.map((_, index) => ownIdOf(operation(80 + index)))];
          const accounts = [];
          for (const id of ids) accounts.push(await accountAt(store, id).catch(() => undefined));
          const carried = accounts.flatMap((account) => account?.email ?? []);
          expect(new Set(carried).size).toBe(carried.length);
          for (const [index, account] of accounts.entries()) {
            if (account?.email !== undefined) expect(await found(account.email, 90 + index)).toBe(account.userId);
          }
          for (const [index, each] of asked.entries()) {
            const { emailChanges = [] } = await accountAt(store, each.userId);
            const made = emailChanges.find(({ operationId }) => operationId === each.operationId);
            const events = made === undefined ? [] : [changedEvent(each.userId, made.at)];
            for (const { ended, events: said } of told[index] ?? []) {
              expect(said).toEqual(events);
              expect(ended).toBe(told[index]?.[0]?.ended);
              if (made !== undefined) expect(ended).toBe("done");
            }
          }
          // Whatever each account carries, no change that was received later than the one that made it so was passed over.
          for (const account of accounts.slice(0, 2)) {
            const times = (account?.emailChanges ?? []).map(({ receivedAt }) => receivedAt);
            expect(times).toEqual(times.toSorted());
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

import { beforeEach, describe, expect, it } from "@jest/globals";
import { emailChangeItem, emailUndoItem, passwordItem } from "@lanyard/contracts";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import fc from "fast-check";
import { accountAt, change } from "./testing/email-changes.ts";
import { begin, type EmailUndoing, end, undo } from "./testing/email-undos.ts";
import { passwordCommands } from "./testing/password-commands.ts";
import { operation, ownIdOf, signIn } from "./testing/sign-ins.ts";
import { dyingAt, inTurns } from "./testing/troubled-table.ts";

const [ada, thief, other, third] = [
  "ada@example.com",
  "thief@example.com",
  "eve@example.com",
  "3@example.com",
] as const;
const DAY = 24 * 3600;
/** The thief's change, and the owner's undo of it. */
const changeId = operation(50);
const undoing = operation(60);

let store: MemoryItemStore;
let userId: string;
let stolen: EmailUndoing;
/** An account with a password, whose address a thief changes at one minute past noon. */
beforeEach(async () => {
  store = memoryItemStore();
  ({ userId } = await signIn(store, operation(1), ada));
  await setPassword(operation(2), 0);
  await change(store, { userId, email: thief, operationId: changeId, seconds: 60 });
  stolen = { userId, changeId, operationId: undoing, seconds: 120 };
});

const at = (seconds: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + seconds * 1000).toISOString();
const setPassword = (operationId: string, receivedAt: number, table = store) =>
  passwordCommands(table).set(
    { operationId, receivedAt },
    { userId, passwordHash: "hash", isShort: false, how: "reset", linkAskedAt: at(receivedAt) },
  );
const password = async () => (await typedItems(store, passwordItem).load(userId))?.value;
const emailNow = async () => (await accountAt(store, userId)).email;
const changed = (occurredAt: string, undoes: string) => ({
  type: "user.emailChanged",
  occurredAt,
  data: { userId, undoes },
});
const found = async (address: string, number: number) => (await signIn(store, operation(number), address)).userId;

describe("a change of address that is undone", () => {
  it("gives the account its old address back, tells of it, and suspends the password whoever set it", async () => {
    await setPassword(operation(3), 90);
    const told = await undo(store, stolen);

    expect(told).toEqual({
      ended: "done",
      output: { restoredAt: at(120), email: ada },
      events: [changed(at(120), changeId)],
    });
    expect(await accountAt(store, userId)).toMatchObject({
      email: ada,
      emailVersion: 2,
      emailRestored: { operationId: undoing, at: at(120), ended: { at: at(120), version: 2 } },
    });
    expect(await password()).toMatchObject({ setBy: operation(3), suspended: { operationId: undoing } });
    expect(await found(ada, 4)).toBe(userId);
    expect(await found(thief, 5)).toBe(ownIdOf(operation(5)));
  });

  it("is told the same when its messages come again, and a password that was set since stays", async () => {
    const [begun, ended] = [await begin(store, stolen), await end(store, stolen)];
    await setPassword(operation(3), 180);
    const written = store.dump();

    expect(await begin(store, stolen, 3600)).toEqual(begun);
    expect(await end(store, stolen, 3600)).toEqual(ended);
    expect(store.dump()).toEqual(written);
    expect(await password()).toMatchObject({ setBy: operation(3) });
    expect((await password())?.suspended).toBeUndefined();
  });

  it("is undone once: whoever comes later is told so, and changes nothing", async () => {
    await undo(store, stolen);
    await setPassword(operation(3), 180);
    const written = store.dump();
    expect(await undo(store, { ...stolen, operationId: operation(61), seconds: 240 })).toMatchObject({
      ended: "token_already_used",
      events: [],
    });
    expect(store.dump()).toEqual(written);
  });

  it("is known however many follow it, and the undo wins over all of them, whenever they were received", async () => {
    for (let count = 0; count < 20; count += 1) {
      const email = `thief-${count}@example.com`;
      await change(store, { userId, email, operationId: operation(100 + count), seconds: 200 + count });
    }
    expect((await accountAt(store, userId)).emailChanges?.map(({ from }) => from)).not.toContain(ada);

    expect((await undo(store, stolen, 300)).ended).toBe("done");
    expect(await emailNow()).toBe(ada);
    const times = (await accountAt(store, userId)).emailChanges?.map(({ receivedAt }) => receivedAt) ?? [];
    expect(times).toEqual(times.toSorted());
  });

  it("can be undone for seven days, and not a moment longer", async () => {
    const late = { ...stolen, seconds: 60 + 7 * DAY };
    const written = store.dump();
    expect((await undo(store, late)).ended).toBe("magic_link_expired");
    expect(store.dump()).toEqual(written);
    expect((await undo(store, { ...stolen, seconds: 60 + 7 * DAY - 1 })).ended).toBe("done");
  });

  it("is none that left no trace, and no undo", async () => {
    expect((await undo(store, { ...stolen, changeId: operation(77) })).ended).toBe("magic_link_expired");
    await undo(store, stolen);
    const back = { userId, changeId: undoing, operationId: operation(61), seconds: 180 };
    expect((await undo(store, back)).ended).toBe("magic_link_invalid");
    expect(await emailNow()).toBe(ada);
  });

  it("may be of the account's own going back: nothing is told, and all else happens", async () => {
    await change(store, { userId, email: ada, operationId: operation(51), seconds: 90 });
    expect(await undo(store, stolen)).toMatchObject({ ended: "done", output: { email: ada }, events: [] });
    expect((await password())?.suspended).toBeDefined();
    const late = { userId, email: third, operationId: operation(52), seconds: 110 };
    expect((await change(store, late, 130)).ended).toBe("email_change_superseded");
  });
});

describe("an old address that is another account's by now", () => {
  it("stays that one's; once it is free the same link works", async () => {
    const owners = await signIn(store, operation(4), ada);
    expect(await undo(store, stolen)).toEqual({ ended: "email_already_exists", output: {}, events: [] });
    expect(await emailNow()).toBe(thief);
    expect((await password())?.suspended).toBeUndefined();

    await change(store, { userId: owners.userId, email: other, operationId: operation(53), seconds: 150 });
    expect((await undo(store, stolen, 180)).ended).toBe("email_already_exists");
    expect((await undo(store, { ...stolen, operationId: operation(61), seconds: 180 })).ended).toBe("done");
    expect(await emailNow()).toBe(ada);
    expect((await undo(store, stolen, 200)).ended).toBe("token_already_used");
  });
});

describe("the changes that followed one that is undone", () => {
  const next: EmailUndoing = { userId: "", changeId: operation(51), operationId: operation(62), seconds: 180 };
  beforeEach(async () => {
    await change(store, { userId, email: other, operationId: next.changeId, seconds: 90 });
  });

  it("are undone with it: whose address they left does not get the account back", async () => {
    await undo(store, stolen);
    const written = store.dump();
    expect((await undo(store, { ...next, userId })).ended).toBe("token_already_used");
    expect(store.dump()).toEqual(written);
  });

  it("may be undone before it, and it is undone afterwards", async () => {
    expect((await undo(store, { ...next, userId, seconds: 100 })).ended).toBe("done");
    expect(await emailNow()).toBe(thief);
    expect((await undo(store, stolen)).ended).toBe("done");
    expect(await emailNow()).toBe(ada);
  });

  it("and come after its undo can be undone themselves, whatever was undone before", async () => {
    await undo(store, stolen);
    await change(store, { userId, email: third, operationId: operation(54), seconds: 300 });
    await change(store, { userId, email: thief, operationId: operation(55), seconds: 360 });
    const newer = { userId, changeId: operation(54), operationId: operation(63), seconds: 400 };
    expect((await undo(store, newer)).ended).toBe("done");
    expect(await emailNow()).toBe(ada);
    const newest = { userId, changeId: operation(55), operationId: operation(64), seconds: 500 };
    expect((await undo(store, newest)).ended).toBe("token_already_used");
    expect((await undo(store, { ...next, userId, seconds: 500 })).ended).toBe("token_already_used");
    expect(await emailNow()).toBe(ada);
  });
});

describe("what a thief had begun", () => {
  it("changes neither address nor password while an undo is under way, nor afterwards", async () => {
    await begin(store, stolen);
    expect((await password())?.suspended).toEqual({ at: at(120), operationId: undoing });
    const late = { userId, email: third, operationId: operation(54), seconds: 125 };
    expect((await change(store, late)).ended).toBe("email_change_superseded");
    expect(await setPassword(operation(3), 125)).toMatchObject({ kind: "problem", code: "password_superseded" });
    await end(store, stolen, 130);
    expect((await change(store, { ...late, operationId: operation(55) }, 140)).ended).toBe("email_change_superseded");
    expect(await setPassword(operation(5), 125)).toMatchObject({ kind: "problem", code: "password_superseded" });
    expect(await password()).toMatchObject({ setBy: operation(2), suspended: { operationId: undoing } });

    // What comes afterwards is the owner's.
    expect((await change(store, { ...late, operationId: operation(56), seconds: 132 })).ended).toBe("done");
    expect(await setPassword(operation(6), 132)).toMatchObject({ kind: "done" });
    expect(await emailNow()).toBe(third);
  });

  it("is no longer kept out by an undo that never ended, a day later", async () => {
    await begin(store, stolen);
    const later = { userId, email: third, operationId: operation(54), seconds: 120 + DAY };
    expect((await change(store, { ...later, seconds: later.seconds - 1 })).ended).toBe("email_change_superseded");
    expect((await change(store, { ...later, operationId: operation(55) })).ended).toBe("done");
  });

  it.each([
    ["a first password", false],
    ["a password in place of another", true],
  ])("opens nothing when the whole undo comes between the question and the write: %s", async (_, hasPassword) => {
    store = memoryItemStore();
    ({ userId } = await signIn(store, operation(1), ada));
    if (hasPassword) await setPassword(operation(2), 0);
    await change(store, { userId, email: thief, operationId: changeId, seconds: 60 });
    let isUndone = false;
    const first = async (key: { readonly sk: string }): Promise<void> => {
      if (key.sk !== "password" || isUndone) return;
      isUndone = true;
      await undo(store, { ...stolen, userId });
    };
    const slow: MemoryItemStore = {
      ...store,
      putIfAbsent: async (key, ...rest) => first(key).then(() => store.putIfAbsent(key, ...rest)),
      replace: async (current, ...rest) => first(current.key).then(() => store.replace(current, ...rest)),
    };
    const told = await setPassword(operation(3), 119, slow);

    expect(told).toMatchObject({ kind: "problem", code: "password_superseded", events: [] });
    expect(await password()).toMatchObject({ setBy: operation(3), suspended: { operationId: operation(3) } });
  });

  it("opens nothing when it is set in the very moment, on any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, hasPassword) => {
        store = memoryItemStore();
        ({ userId } = await signIn(store, operation(1), ada));
        if (hasPassword) await setPassword(operation(2), 0);
        await change(store, { userId, email: thief, operationId: changeId, seconds: 60 });
        const slow = inTurns(store, scheduler) as MemoryItemStore;
        const asked = { ...stolen, userId };
        const work = [undo(slow, asked), setPassword(operation(3), 119, slow)];
        await scheduler.waitFor(Promise.all(work));

        const standing = await password();
        expect(standing === undefined || standing.suspended !== undefined).toBe(true);
        expect(await emailNow()).toBe(ada);
      }),
      { numRuns: 300 },
    );
  });
});

describe("undos at once", () => {
  it("of one change are one, of ten on any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        store = memoryItemStore();
        ({ userId } = await signIn(store, operation(1), ada));
        await change(store, { userId, email: thief, operationId: changeId, seconds: 60 });
        const slow = inTurns(store, scheduler);
        const asked = Array.from({ length: 10 }, (_, index) => ({
          ...{ userId, changeId, operationId: operation(200 + index), seconds: 120 },
        }));
        const all = Promise.all(asked.map((each) => undo(slow, each)));
        const told = await scheduler.waitFor(all);
        expect(told.map(({ ended }) => ended).toSorted()).toEqual(["done", ...Array(9).fill("token_already_used")]);
        expect(await emailNow()).toBe(ada);
      }),
      { numRuns: 200 },
    );
  });

  it("of several changes, and changes between them, leave the account to the first address, on any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        store = memoryItemStore();
        ({ userId } = await signIn(store, operation(1), ada));
        await change(store, { userId, email: thief, operationId: changeId, seconds: 60 });
        await change(store, { userId, email: other, operationId: operation(51), seconds: 90 });
        const slow = inTurns(store, scheduler);
        const owners = { ...stolen, userId };
        const thiefs = { userId, changeId: operation(51), operationId: operation(62), seconds: 120 };
        const back = { userId, email: third, operationId: operation(54), seconds: 119 };
        const work = [undo(slow, owners), undo(slow, owners), undo(slow, thiefs), change(slow, back)] as const;
        const [one, again] = await scheduler.waitFor(Promise.all(work));

        expect([one.ended, again.ended]).toEqual(["done", "done"]);
        expect(again.output).toEqual(one.output);
        expect(await emailNow()).toBe(ada);
        for (const late of [thiefs, { ...thiefs, operationId: operation(65) }]) await undo(store, late, 300);
        expect(await emailNow()).toBe(ada);
        const undos = store.dump().filter(({ key }) => key.sk.startsWith("email-undo#"));
        expect(undos.map(({ value }) => value["ended"])).not.toContain(undefined);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a worker that dies in an undo", () => {
  const MOST_CALLS = 40;
  const moments = (["before", "after"] as const).flatMap((side) =>
    Array.from({ length: MOST_CALLS }, (_, index) => [side, index + 1] as const),
  );
  const reached = new Set<string>();

  it.each(moments)("%s call %i, is followed by a whole one, told of alike", async (side, nth) => {
    const died = await undo(dyingAt(store, nth, side), stolen).then(
      () => false,
      () => true,
    );
    if (died) reached.add(`${side} ${nth}`);
    const told = await undo(store, stolen, 150);
    expect(told).toMatchObject({ ended: "done", output: { email: ada } });
    expect(told.events).toEqual([changed(String((await accountAt(store, userId)).emailRestored?.at), changeId)]);
    expect(await undo(store, stolen, 180)).toEqual(told);
    expect(await emailNow()).toBe(ada);
    expect(await password()).toMatchObject({ suspended: { operationId: undoing } });
    expect((await typedItems(store, emailUndoItem).load(userId, changeId))?.value.ended).toMatchObject({
      how: "restored",
      version: 2,
    });
    expect((await typedItems(store, emailChangeItem).load(userId, undoing))?.value).toMatchObject({
      from: thief,
      to: ada,
      undoes: changeId,
    });
  });

  it("was tried at every call that is made", () => {
    for (const side of ["before", "after"]) {
      expect(reached).toContain(`${side} 20`);
      expect(reached).not.toContain(`${side} ${MOST_CALLS}`);
    }
  });
});

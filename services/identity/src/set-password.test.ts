import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  email,
  HOUR,
  type PasswordAccount,
  passwordAccount,
  right,
  sixteen,
  tally,
  userId,
} from "./testing/password-account.ts";
import { noon } from "./testing/password-commands.ts";
import { moveAway, operation, ownIdOf, signIn } from "./testing/sign-ins.ts";

let on: PasswordAccount;
beforeEach(async () => {
  on = await passwordAccount();
});

describe("a password that is set", () => {
  it("is told as an event, the same again when its message comes again, whatever was set since", async () => {
    const once = await on.setTo(1, right);
    expect(once).toEqual({
      kind: "done",
      output: { passwordSetAt: noon(1000) },
      events: [{ type: "user.passwordSet", occurredAt: noon(1000), data: { userId, how: "reset" } }],
    });
    await on.setTo(2, "another horse battery");
    const before = on.table.dump();
    expect(await on.setTo(1, right)).toEqual(once);
    expect(on.table.dump()).toEqual(before);
  });

  it("in place of one and the same is one of sixteen's", async () => {
    await on.setTo(1, right);
    const results = await Promise.all(
      sixteen.map((number) =>
        on.setTo(number, `horse battery ${number}`, "changed", { passwordVersion: operation(1) }),
      ),
    );
    expect(tally(results)).toEqual({ done: 1, credentials_invalid: 15 });
    const winner = sixteen[results.findIndex(({ kind }) => kind === "done")] ?? 0;
    expect(await on.standing()).toMatchObject({ setBy: operation(winner) });
  });

  it("by sixteen mails at once is the last one's that was asked for, and those before are refused or replaced", async () => {
    await Promise.all(sixteen.map((number) => on.setTo(number, `horse battery ${number}`)));
    expect(await on.standing()).toMatchObject({ setBy: operation(115) });
    expect(await on.setTo(50, "late horse battery")).toMatchObject({ code: "password_superseded" });
  });

  it("is short beside a second factor only", async () => {
    const short = () => on.setTo(2, "eight ch");
    expect(await short()).toMatchObject({ code: "password_too_weak", extra: { reason: "too_short", minLength: 15 } });
    await on.secondFactor("on");
    expect(await short()).toMatchObject({ kind: "done" });
    expect(await on.standing()).toMatchObject({ isShort: true });
  });
});

describe("a password that was chosen before its address was proven", () => {
  const address = "eve@example.com";
  const prove = async (number: number, password?: string, of = on.commands) => {
    const delivery = { operationId: operation(number), receivedAt: number };
    const hashed = password === undefined ? undefined : await on.commands.hash(delivery, { password });
    const output = hashed?.kind === "done" ? hashed.output : {};
    const chosen = { chosenPasswordHash: output["passwordHash"], chosenIsShort: output["isShort"] };
    return of.ensure(delivery, { email: address, ...(password !== undefined && chosen) });
  };
  const signIn = (number: number, password: string) =>
    on.commands.verify({ operationId: operation(number), receivedAt: 500 }, { email: address, password });

  it("counts when its own proof makes the account, and is told the same again", async () => {
    const once = await prove(1, right);
    expect(once.events).toEqual([
      expect.objectContaining({ type: "user.created" }),
      { type: "user.passwordSet", occurredAt: noon(1000), data: { userId: ownIdOf(operation(1)), how: "registered" } },
    ]);
    const before = on.table.dump();
    expect(await prove(1, right)).toEqual(once);
    expect(on.table.dump()).toEqual(before);
    expect(await signIn(2, right)).toMatchObject({ kind: "done", output: { userId: ownIdOf(operation(1)) } });
  });

  it("opens nothing when the owner came first, however late its own proof comes", async () => {
    await prove(2);
    expect(await prove(1, "a stranger's password")).toMatchObject({ kind: "done", events: [] });
    expect(await signIn(3, "a stranger's password")).toMatchObject({ code: "credentials_invalid" });
  });

  it("is one of sixteen's that prove at once: that of whoever made the account", async () => {
    const results = await Promise.all(sixteen.map((number) => prove(number, `horse battery no. ${number}`)));
    const makers = sixteen.filter((_, index) => (results[index]?.events.length ?? 0) > 0);
    expect(makers).toHaveLength(1);
    const opened = [];
    for (const number of sixteen) {
      const result = await on.commands.verify(
        { operationId: operation(1000 + number), receivedAt: 500 + number * HOUR },
        { email: address, password: `horse battery no. ${number}` },
      );
      if (result.kind === "done") opened.push(number);
    }
    expect(opened).toEqual(makers);
  });

  it("undoes none that was set since, when a worker died before it counted", async () => {
    const delivery = { operationId: operation(1) };
    await on.commands.ensure(delivery, { email: address });
    const id = ownIdOf(operation(1));
    const hashed = await on.commands.hash({ operationId: operation(2) }, { password: "the owner's own password" });
    if (hashed.kind !== "done") throw new Error(hashed.kind);
    await on.commands.set({ operationId: operation(2) }, { userId: id, how: "reset", ...hashed.output });
    const late = await prove(1, "chosen before all that");
    expect(late.events.map(({ type }) => type)).toEqual(["user.created"]);
    expect(await signIn(3, "the owner's own password")).toMatchObject({ kind: "done" });
  });
});

describe("a password that is reset", () => {
  const find = (number: number, address = email) =>
    on.commands.ensure({ operationId: operation(number) }, { email: address });
  const userOf = (result: Awaited<ReturnType<typeof find>>) => result.kind === "done" && result.output["userId"];

  it("is of one account, whoever carries the address when a copy of its message comes late", async () => {
    const once = await find(1);
    expect(userOf(once)).toBe(userId);
    await moveAway(on.table, userId, "moved@example.com");
    const { userId: other } = await signIn(on.table, operation(2), email);
    expect(other).not.toBe(userId);
    expect(await find(1)).toEqual(once);
    expect(userOf(await find(3))).toBe(other);
  });

  it("is of one account when copies of its message find two at once", async () => {
    await moveAway(on.table, userId, "moved@example.com");
    const results = await Promise.all(Array.from({ length: 16 }, () => find(1)));
    expect(new Set(results.map(userOf)).size).toBe(1);
    expect(await find(1)).toEqual(results[0]);
  });
});

import { beforeEach, describe, expect, it } from "@jest/globals";
import { email, type PasswordAccount, passwordAccount, right, userId } from "./testing/password-account.ts";
import { noon } from "./testing/password-commands.ts";
import { operation } from "./testing/sign-ins.ts";

let on: PasswordAccount;
beforeEach(async () => {
  on = await passwordAccount();
});

describe("whether a signed-in account knows its password", () => {
  const check = (number: number, currentPassword?: string) =>
    on.commands.check({ operationId: operation(number), receivedAt: 100 }, { userId, currentPassword });

  it("is told by the password, counted like a sign-in", async () => {
    await on.setTo(1, right);
    expect(await check(2, right)).toMatchObject({ kind: "done", output: { passwordVersion: operation(1) } });
    for (let number = 3; number < 8; number += 1) await check(number, "wrong");
    expect(await check(8, right)).toMatchObject({ code: "password_attempts_exceeded" });
    expect(await on.verify(9, right)).toMatchObject({ code: "password_attempts_exceeded" });
    expect(await check(10)).toMatchObject({ code: "credentials_invalid" });
  });

  it("is not asked of one without a password, which none passes for", async () => {
    expect(await check(2)).toEqual({ kind: "done", output: {}, events: [] });
    expect(await check(3, "anything at all")).toMatchObject({ code: "credentials_invalid" });
    expect((await on.failures())[0]?.count).toBe(1);
  });

  it("is told again to a message that comes after its password was set", async () => {
    await on.setTo(1, right);
    const once = await check(2, right);
    await on.setTo(2, "another horse battery", "changed", { passwordVersion: operation(1) });
    expect((await check(2, right)).kind).toBe(once.kind);
    const first = operation(4);
    await on.setTo(3, right);
    expect(await check(4)).toMatchObject({ code: "credentials_invalid" });
    await on.setTo(4, "the fourth horse battery");
    expect(await on.commands.check({ operationId: first }, { userId })).toEqual({
      kind: "done",
      output: {},
      events: [],
    });
  });
});

describe("a password that somebody else has used", () => {
  /** By default of a session that was opened after the password was set. */
  const suspend = (number: number, reportedMethod: string, receivedAt = 200, openedAt = 2000) =>
    on.commands.suspend(
      { operationId: operation(number), receivedAt },
      { userId, reportedMethod, reportedOpenedAt: noon(openedAt) },
    );

  it("opens nothing until another is set, also for a sign-in that is under way", async () => {
    await on.setTo(1, right);
    expect(await suspend(2, "password")).toEqual({ kind: "done", output: { email }, events: [] });
    expect(await on.verify(3, right, 300)).toMatchObject({ code: "credentials_invalid" });
    expect(
      await on.commands.confirm({ operationId: operation(4) }, { userId, passwordVersion: operation(1) }),
    ).toMatchObject({ code: "credentials_invalid" });
    const before = on.table.dump();
    await suspend(2, "password");
    expect(on.table.dump()).toEqual(before);
    await on.setTo(250, "another horse battery");
    expect(await on.verify(5, "another horse battery", 300)).toMatchObject({ kind: "done" });
    await suspend(2, "password");
    expect(await on.verify(6, "another horse battery", 300)).toMatchObject({ kind: "done" });
  });

  it("is not the password when the session was opened in another way", async () => {
    await on.setTo(1, right);
    expect(await suspend(2, "magic_link")).toMatchObject({ output: { email } });
    expect(await on.verify(3, right, 300)).toMatchObject({ kind: "done" });
  });

  it("is the one that was set while the session stood, however it was opened", async () => {
    await on.setTo(1, right);
    await suspend(2, "magic_link", 200, 500);
    expect(await on.verify(3, right, 300)).toMatchObject({ code: "credentials_invalid" });
  });
});

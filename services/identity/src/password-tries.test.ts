import { beforeEach, describe, expect, it } from "@jest/globals";
import { memoryItemStore } from "@lanyard/storage";
import {
  codeOf,
  deviceId,
  email,
  HOUR,
  type PasswordAccount,
  passwordAccount,
  right,
  tally,
  userId,
} from "./testing/password-account.ts";
import { accountWithout, noon, passwordCommands } from "./testing/password-commands.ts";
import { moveAway, operation, ownIdOf } from "./testing/sign-ins.ts";

let on: PasswordAccount;
beforeEach(async () => {
  on = await passwordAccount();
});

describe("wrong passwords for one address", () => {
  beforeEach(async () => void (await on.setTo(1, right)));

  it("are counted together by however many copies of the worker, each compared one counted once", async () => {
    const copies = Array.from({ length: 4 }, () => passwordCommands(on.table));
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, index) => on.verify(100 + index, "wrong", 100, copies[index % copies.length])),
    );
    expect(tally(results)).toEqual({ credentials_invalid: 5, password_attempts_exceeded: 59 });
    const counts = results.flatMap(({ events }) => events.map(({ data }) => (data as { failures: number }).failures));
    expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect((await on.failures())[0]).toMatchObject({ count: 5, notBefore: noon(101) });
  });

  it("are counted once each, though every message comes twice and at once", async () => {
    const three = [100, 101, 102];
    const results = await Promise.all([...three, ...three].map((number) => on.verify(number, "wrong")));
    expect(results.slice(0, 3)).toEqual(results.slice(3));
    expect((await on.failures())[0]?.count).toBe(3);
  });

  it("make the right one wait, and say how long", async () => {
    for (let number = 0; number < 5; number += 1) await on.verify(10 + number, "wrong", 100);
    expect(await on.verify(20, right, 100)).toMatchObject({
      code: "password_attempts_exceeded",
      extra: { retryAfterSeconds: 1 },
      events: [],
    });
    expect(await on.verify(21, right, 101)).toMatchObject({ kind: "done" });
  });

  it("make it wait on no known device of the account, whose own tries are counted apart", async () => {
    for (let number = 0; number < 30; number += 1) await on.verify(10 + number, "wrong", 100);
    const shown = (number: number, password: string, of = userId) =>
      on.commands.verify(
        { operationId: operation(number), receivedAt: 100, device: { userId: of, deviceId } },
        { email, password },
      );
    expect(await shown(50, "wrong")).toMatchObject({ code: "credentials_invalid" });
    expect(await shown(51, right)).toMatchObject({ kind: "done", output: { failuresBefore: 1 } });
    expect(await shown(52, right, ownIdOf(operation(9)))).toMatchObject({ code: "password_attempts_exceeded" });
    expect((await on.failures())[0]).toMatchObject({ count: 5 });
    expect((await on.failures(deviceId))[0]).toMatchObject({ count: 0 });
  });

  it("are a hundred at the most until a reset by mail, which lets the new password in at once", async () => {
    let seconds = 100;
    const codes = [];
    for (let number = 0; number < 105; number += 1, seconds += HOUR) {
      codes.push(codeOf(await on.verify(1000 + number, "wrong", seconds)));
    }
    expect(codes).toEqual([...Array(100).fill("credentials_invalid"), ...Array(5).fill("password_attempts_exceeded")]);
    const locked = await on.verify(2000, right, seconds + 400 * 24 * HOUR);
    expect(locked).toEqual({ kind: "problem", code: "password_attempts_exceeded", extra: {}, events: [] });
    await on.setTo(3, "another horse battery");
    expect(await on.verify(2001, "another horse battery", seconds)).toMatchObject({ kind: "done" });
  });
});

describe("a try of a password", () => {
  const everywhere = async () => [...(await on.failures()), ...(await on.failures(deviceId))];
  const delivery = { operationId: operation(50), receivedAt: 100, device: { userId, deviceId } };
  const given = { email, password: "wrong" };

  it("is counted at one place, whoever carries the address when a copy of its message comes late", async () => {
    on = await passwordAccount(memoryItemStore(), { isThere: false });
    const once = await on.commands.verify(delivery, given);
    await accountWithout(on.table, userId, email);
    expect(await on.commands.verify(delivery, given)).toEqual(once);
    expect((await everywhere()).map(({ count }) => count)).toEqual([1]);
  });

  it("is counted at one place when its account has another address by then", async () => {
    await on.setTo(1, right);
    const check = () => on.commands.check(delivery, { userId, currentPassword: "wrong" });
    const once = await check();
    await moveAway(on.table, userId, "moved@example.com");
    expect(await check()).toEqual(once);
    expect((await everywhere()).map(({ count }) => count)).toEqual([1]);
  });

  it("is counted once by copies that are at it while the address comes to be an account's", async () => {
    on = await passwordAccount(memoryItemStore(), { isThere: false });
    const copies = Array.from({ length: 8 }, () => on.commands.verify(delivery, given));
    await accountWithout(on.table, userId, email);
    const later = Array.from({ length: 8 }, () => on.commands.verify(delivery, given));
    const results = await Promise.all([...copies, ...later]);
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect((await everywhere()).map(({ count }) => count)).toEqual([1]);
  });
});

import type { Argon2Parameters } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  codeOf,
  email,
  HOUR,
  type PasswordAccount,
  passwordAccount,
  right,
  sixteen,
  tally,
  userId,
} from "./testing/password-account.ts";
import { cheapCost, noon, passwordCommands } from "./testing/password-commands.ts";
import { operation } from "./testing/sign-ins.ts";

let on: PasswordAccount;
beforeEach(async () => {
  on = await passwordAccount();
});

describe("a right password", () => {
  beforeEach(async () => void (await on.setTo(1, right)));

  it("tells whose it is, which one it was, and how many were wrong before", async () => {
    await on.verify(2, "wrong");
    expect(await on.verify(3, right)).toEqual({
      kind: "done",
      output: { userId, userKind: "account", roles: [], passwordVersion: operation(1), failuresBefore: 1 },
      events: [],
    });
    expect(await on.verify(4, right)).toMatchObject({ output: { failuresBefore: 0 } });
  });

  it("says the same thing twice when its message comes twice, and gives nobody's tries back", async () => {
    await on.verify(2, "wrong");
    const once = await on.verify(3, right);
    await on.verify(4, "wrong");
    const before = on.table.dump();
    expect(await on.verify(3, right)).toEqual(once);
    expect(on.table.dump()).toEqual(before);
  });

  it("stays right for its message when another was set in between, for whoever confirms it to refuse", async () => {
    const once = await on.verify(3, right);
    await on.setTo(4, "another horse battery");
    expect(await on.verify(3, right)).toEqual(once);
    const confirming = { operationId: operation(3) };
    expect(await on.commands.confirm(confirming, { userId, passwordVersion: operation(1) })).toMatchObject({
      code: "credentials_invalid",
    });
    expect(await on.commands.confirm(confirming, { userId, passwordVersion: operation(4) })).toMatchObject({
      kind: "done",
    });
    expect(await on.commands.confirm(confirming, { userId })).toMatchObject({ kind: "done" });
  });

  it("is given sixteen times at once, by one after the other", async () => {
    const results = [];
    for (const number of sixteen) results.push(await on.verify(number, right));
    expect(tally(results)).toEqual({ done: 16 });
    expect((await on.failures())[0]?.count).toBe(0);
  });

  it("has its hash made anew when it was made at another cost or with another key, and stays the same password", async () => {
    const dearer = passwordCommands(on.table, { kids: ["k2", "k1"], cost: { ...cheapCost, passes: 2 } });
    const before = await on.commands.passwords.load(userId);
    expect(await on.verify(2, "wrong", 100, dearer)).toMatchObject({ code: "credentials_invalid" });
    expect(await on.commands.passwords.load(userId)).toEqual(before);
    expect(await on.verify(3, right, 100, dearer)).toMatchObject({ output: { passwordVersion: operation(1) } });
    const after = await on.commands.passwords.load(userId);
    expect(after?.hash).toMatch(/^\$argon2id\$v=19\$m=8,t=2,p=1,keyid=azI\$/);
    expect({ ...after, hash: before?.hash }).toEqual(before);
    expect(await on.verify(4, right, 100, dearer)).toMatchObject({ kind: "done" });
    expect(await on.commands.passwords.load(userId)).toEqual(after);
  });
});

describe("a wrong password", () => {
  it("is told as an event, the same again when its message comes again", async () => {
    await on.setTo(1, right);
    const once = await on.verify(2, "wrong");
    expect(once).toEqual({
      kind: "problem",
      code: "credentials_invalid",
      extra: {},
      events: [{ type: "user.passwordFailed", occurredAt: noon(100), data: { userId, failures: 1 } }],
    });
    const before = on.table.dump();
    expect(await on.verify(2, "wrong")).toEqual(once);
    expect(on.table.dump()).toEqual(before);
  });

  it("stays wrong for its message when it was set in between", async () => {
    await on.setTo(1, right);
    const once = await on.verify(2, "another horse battery");
    await on.setTo(3, "another horse battery");
    expect(await on.verify(2, "another horse battery")).toEqual(once);
  });

  it("is a risk from the tenth in a row on", async () => {
    await on.setTo(1, right);
    const results = [];
    for (let number = 0; number < 10; number += 1)
      results.push(await on.verify(10 + number, "wrong", 100 + number * HOUR));
    expect(results.map(({ events }) => (events[0]?.data as { risk?: unknown }).risk)).toEqual([
      ...Array(9).fill(undefined),
      { reasons: ["many_failures"] },
    ]);
  });

  it.each([
    ["an account with another password", true],
    ["an account without a password", false],
  ])("is told alike for no account and for %s", async (_, hasPassword) => {
    if (hasPassword) await on.setTo(1, right);
    const told = [];
    for (const address of [email, "nobody@example.com"]) {
      const results = [];
      for (let number = 0; number < 8; number += 1) {
        const delivery = { operationId: operation(20 + number, address), receivedAt: 100 };
        const { events: _events, ...result } = await on.commands.verify(delivery, {
          email: address,
          password: "wrong",
        });
        results.push(result);
      }
      told.push(results);
    }
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.map((result) => ("code" in result ? result.code : result.kind))).toEqual([
      ...Array(5).fill("credentials_invalid"),
      ...Array(3).fill("password_attempts_exceeded"),
    ]);
  });

  it("is as much work for no account as for one: reads, writes and hashes", async () => {
    await on.setTo(1, right);
    const seen = [];
    for (const address of [email, "nobody@example.com"]) {
      const hashes: Argon2Parameters[] = [];
      const calls: string[] = [];
      const watched = new Proxy(on.table, {
        get(target, property) {
          const method: unknown = Reflect.get(target, property);
          if (typeof method !== "function") return method;
          return (...args: unknown[]) => {
            calls.push(String(property));
            return (method as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const argon2id = async (parameters: Argon2Parameters) => {
        hashes.push(parameters);
        return Buffer.alloc(parameters.tagLength);
      };
      await passwordCommands(watched, { argon2id }).verify(
        { operationId: operation(2, address), receivedAt: 100 },
        { email: address, password: "wrong" },
      );
      seen.push({ calls, hashes: hashes.map(({ memory, passes, parallelism }) => [memory, passes, parallelism]) });
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.hashes).toEqual([[8, 1, 1]]);
  });

  it("has been counted before it is compared", async () => {
    await on.setTo(1, right);
    let counted: number | undefined;
    const argon2id = async ({ tagLength }: Argon2Parameters) => {
      counted = (await on.failures())[0]?.count;
      return Buffer.alloc(tagLength);
    };
    await on.verify(2, "wrong", 100, passwordCommands(on.table, { argon2id }));
    expect(counted).toBe(1);
  });
});

describe("a short password", () => {
  const short = "eight ch";
  beforeEach(async () => {
    await on.secondFactor("on");
    await on.setTo(1, short);
  });

  it("opens nothing once no second factor stands beside it, whichever of the two was faster", async () => {
    expect(await on.verify(2, short)).toMatchObject({ kind: "done" });
    await on.secondFactor("off");
    const refused = await on.verify(3, short);
    expect(codeOf(refused)).toBe("credentials_invalid");
    expect(refused).toMatchObject({ events: [{ data: { userId, failures: 1 } }] });
    const confirmed = await on.commands.confirm(
      { operationId: operation(2) },
      { userId, passwordVersion: operation(1) },
    );
    expect(codeOf(confirmed)).toBe("credentials_invalid");
  });

  it("is then no password to a signed-in account, which sets another without it", async () => {
    await on.secondFactor("off");
    const check = (number: number, currentPassword?: string) =>
      on.commands.check({ operationId: operation(number), receivedAt: 100 }, { userId, currentPassword });
    expect(codeOf(await check(2, short))).toBe("credentials_invalid");
    expect(await check(3)).toMatchObject({ kind: "done", output: { passwordVersion: operation(1) } });
    await on.setTo(3, right, "changed", { passwordVersion: operation(1) });
    expect(codeOf(await on.verify(4, right))).toBe("done");
  });
});

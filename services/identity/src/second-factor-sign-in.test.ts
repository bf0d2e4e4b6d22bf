import { beforeEach, describe, expect, it } from "@jest/globals";
import { noon } from "./testing/password-commands.ts";
import { accountUnderTest, begin, email, enrol, userId, wrongCodeAt } from "./testing/second-factor-account.ts";
import { codeAt, type SecondFactorCommands, tallyOf, wordOf } from "./testing/second-factor-commands.ts";
import { operation } from "./testing/sign-ins.ts";

const visitorId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const MINUTE = 60;
const fifty = Array.from({ length: 50 }, (_, index) => 100 + index);

let commands: SecondFactorCommands;
let secret: string;
let codes: readonly string[];
beforeEach(async () => {
  ({ commands } = await accountUnderTest());
});

const enrolled = async (): Promise<void> => {
  ({ secret, codes } = await enrol(commands));
};
const begun = (number: number, seconds: number) => begin(commands, number, seconds);
const standing = () => commands.secondFactors.load(userId);
const wrongAt = (seconds: number, turn = 0) => wrongCodeAt(secret, seconds, turn);

describe("a sign-in of an account with a second factor", () => {
  beforeEach(enrolled);

  it("waits, says what it waits for, and goes on with all that its first factor had proven", async () => {
    const more = { passwordVersion: operation(77), visitorId, failuresBefore: 12 };
    const result = await commands.begin(10, 200, { userId, method: "password", ...more });

    expect(result).toEqual({
      kind: "ended",
      result: {
        secondFactor: {
          challengeId: expect.stringMatching(/^sf_/),
          methods: ["totp", "backup_code"],
          expiresAt: noon(200 + 10 * MINUTE),
        },
      },
      events: [{ type: "secondFactor.asked", occurredAt: noon(200), data: { userId, method: "password" } }],
    });
    const challengeId = await begun(10, 200);
    expect(
      await commands.answer(11, 210, { challengeId, code: ` ${codeAt(secret, 210).replace(/^.../, "$& ")}` }),
    ).toEqual({
      kind: "done",
      output: { userId, userKind: "account", roles: [], email, method: "password", secondFactor: "totp", ...more },
      events: [],
    });
  });

  it("says what came of it again when the message comes twice, also after others have signed in", async () => {
    const challengeId = await begun(10, 200);
    const first = await commands.answer(11, 210, { challengeId, code: codes[0] });
    for (let number = 20; number < 40; number += 1) {
      const seconds = 300 + 30 * number;
      await commands.answer(100 + number, seconds, {
        challengeId: await begun(number, seconds),
        code: codeAt(secret, seconds),
      });
    }
    const { events: _, ...again } = await commands.answer(11, 210, { challengeId, code: codes[0] });

    expect(first.events).toEqual([{ type: "user.backupCodeUsed", occurredAt: noon(210), data: { userId, left: 9 } }]);
    expect({ ...again, events: first.events }).toEqual(first);
  });

  it("goes on once for fifty submissions of one code at once", async () => {
    const challengeId = await begun(10, 200);
    const code = codeAt(secret, 210);
    const results = await Promise.all(fifty.map((number) => commands.answer(number, 210, { challengeId, code })));

    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
    const others = results.filter(({ kind }) => kind !== "done").map(wordOf);
    expect(new Set(["totp_invalid", "totp_attempts_exceeded", "token_already_used", ...others]).size).toBe(3);
    expect(results.flatMap(({ events }) => events).every(({ type }) => type === "user.secondFactorFailed")).toBe(true);
  });

  it("goes on once for fifty sign-ins that wait and show one code at once", async () => {
    const waiting = await Promise.all(fifty.map((number) => begun(1000 + number, 200)));
    const code = codeAt(secret, 210);
    const results = await Promise.all(
      fifty.map((number, index) => commands.answer(number, 210, { challengeId: waiting[index] ?? "", code })),
    );
    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
  });

  it("goes on once for fifty uses of one backup code at once", async () => {
    const waiting = await Promise.all(fifty.map((number) => begun(1000 + number, 200)));
    const results = await Promise.all(
      fifty.map((number, index) =>
        commands.answer(number, 210, { challengeId: waiting[index] ?? "", code: codes[3]?.toLowerCase() }),
      ),
    );
    expect(results.filter(({ kind }) => kind === "done")).toHaveLength(1);
    expect((await standing())?.backupCodes.filter(({ spentBy }) => spentBy !== undefined)).toHaveLength(1);
    expect(wordOf(await commands.check(500, 4000, { userId, code: codes[3] }))).toBe("totp_invalid");
  });

  it("goes on once when its TOTP code and a backup code come at once", async () => {
    const challengeId = await begun(10, 200);
    const results = await Promise.all([
      commands.answer(11, 210, { challengeId, code: codeAt(secret, 210) }),
      commands.answer(12, 210, { challengeId, code: codes[0] }),
    ]);
    expect(tallyOf(results)).toEqual({ done: 1, token_already_used: 1 });
  });

  it("has five tries, and no sixth for the right code", async () => {
    const challengeId = await begun(10, 200);
    const left: unknown[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const result = await commands.answer(20 + turn, 210, { challengeId, code: wrongAt(210, turn) });
      left.push(result.kind === "problem" ? [result.code, result.extra["attemptsLeft"]] : result.kind);
    }
    expect(left).toEqual([4, 3, 2, 1, 0].map((attemptsLeft) => ["totp_invalid", attemptsLeft]));
    const sixth = await commands.answer(30, 215, { challengeId, code: codeAt(secret, 215) });
    expect(sixth).toMatchObject({ code: "totp_attempts_exceeded", events: [] });
    expect(
      wordOf(await commands.answer(31, 220, { challengeId: await begun(40, 216), code: codeAt(secret, 220) })),
    ).toBe("done");
  });

  it("has five tries also when fifty wrong codes come at once, each told once what it was", async () => {
    const challengeId = await begun(10, 200);
    const results = await Promise.all(
      fifty.map((number) => commands.answer(number, 210, { challengeId, code: wrongAt(210, number) })),
    );
    expect(tallyOf(results)).toEqual({ totp_invalid: 5, totp_attempts_exceeded: 45 });
    expect((await standing())?.failures.count).toBe(5);
    expect(
      results
        .flatMap(({ events }) => events)
        .map(({ data }) => data["failures"])
        .sort(),
    ).toEqual([1, 2, 3, 4, 5]);
  });

  it("waits for ten minutes, by when the answer was received", async () => {
    const challengeId = await begun(10, 200);
    const late = 200 + 10 * MINUTE;
    expect(wordOf(await commands.answer(11, late, { challengeId, code: codeAt(secret, late) }))).toBe(
      "second_factor_expired",
    );
    expect(wordOf(await commands.answer(12, late - 1, { challengeId, code: codeAt(secret, late - 1) }))).toBe("done");
  });

  it("is over when the factor was turned off meanwhile", async () => {
    const challengeId = await begun(10, 200);
    await commands.disable(11, 205, { userId });
    expect(wordOf(await commands.answer(12, 210, { challengeId, code: codeAt(secret, 210) }))).toBe(
      "second_factor_expired",
    );
  });

  it("is nobody's whose id this deployment did not make", async () => {
    const challengeId = `sf_${"0".repeat(32)}${"A".repeat(22)}`;
    expect(await commands.answer(12, 210, { challengeId, code: codeAt(secret, 210) })).toMatchObject({
      code: "totp_invalid",
      extra: { attemptsLeft: 0 },
    });
  });
});

describe("wrong codes in a row", () => {
  beforeEach(enrolled);

  it("make everybody wait from the fifth on, twice as long each time, and a right one ends that", async () => {
    for (let number = 0; number < 5; number += 1)
      await commands.check(20 + number, 200, { userId, code: wrongAt(200, number) });
    const early = await commands.check(30, 200, { userId, code: codeAt(secret, 200) });

    expect(early).toMatchObject({ code: "totp_attempts_exceeded", extra: { retryAfterSeconds: 1 }, events: [] });
    await commands.check(31, 201, { userId, code: wrongAt(201) });
    expect(await commands.check(32, 201, { userId, code: codeAt(secret, 201) })).toMatchObject({
      extra: { retryAfterSeconds: 2 },
    });
    expect(wordOf(await commands.check(33, 203, { userId, code: codeAt(secret, 203) }))).toBe("done");
    expect((await standing())?.failures).toMatchObject({ count: 0 });
    expect((await standing())?.failures).not.toHaveProperty("notBefore");
  });

  it("take none of the tries of a sign-in that waits while nothing is compared", async () => {
    for (let number = 0; number < 5; number += 1)
      await commands.check(20 + number, 200, { userId, code: wrongAt(200, number) });
    const challengeId = await begun(40, 200);
    for (let number = 50; number < 60; number += 1) {
      expect(wordOf(await commands.answer(number, 200, { challengeId, code: codeAt(secret, 200) }))).toBe(
        "totp_attempts_exceeded",
      );
    }
    expect(wordOf(await commands.answer(60, 201, { challengeId, code: codeAt(secret, 201) }))).toBe("done");
  });

  it("are compared a hundred times and no more, over days, and tell from ten on that they are many", async () => {
    let seconds = 1000;
    let risky = 0;
    for (let number = 0; number < 100; number += 1) {
      seconds += 3600;
      const result = await commands.check(200 + number, seconds, { userId, code: wrongAt(seconds, number) });
      expect(wordOf(result)).toBe("totp_invalid");
      if (result.events.some(({ data }) => data["risk"] !== undefined)) risky += 1;
    }
    expect(risky).toBe(91);
    const last = await commands.check(999, seconds + 999_999, { userId, code: codeAt(secret, seconds + 999_999) });
    expect(last).toEqual({ kind: "problem", code: "totp_attempts_exceeded", extra: {}, events: [] });
  });
});

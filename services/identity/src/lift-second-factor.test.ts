import { beforeEach, describe, expect, it } from "@jest/globals";
import { passwordItem } from "@lanyard/contracts";
import { type MemoryItemStore, typedItems } from "@lanyard/storage";
import { noon } from "./testing/password-commands.ts";
import { accountUnderTest, begin, enrol, userId, wrongCodeAt } from "./testing/second-factor-account.ts";
import { codeAt, outputOf, type SecondFactorCommands, tallyOf, wordOf } from "./testing/second-factor-commands.ts";
import { operation } from "./testing/sign-ins.ts";

const nobody = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const by = "key:deploy";
const reason = "Lost phone, lost codes";
const asked = { userId, by, reason };

let table: MemoryItemStore;
let commands: SecondFactorCommands;
let secret: string;
let codes: readonly string[];
beforeEach(async () => {
  ({ table, commands } = await accountUnderTest());
  ({ secret, codes } = await enrol(commands));
});

const standing = () => commands.secondFactors.load(userId);
const wrong = (number: number, seconds: number) =>
  commands.check(number, seconds, { userId, code: wrongCodeAt(secret, seconds, number) });
/** A password that an operation set, received so many seconds after noon. */
const withPassword = async (isShort: boolean, receivedAt = 0): Promise<void> => {
  const set = { setBy: operation(90), setAt: noon(receivedAt), receivedAt: noon(receivedAt), changes: [] };
  const items = typedItems(table, passwordItem);
  await items.putIfAbsent({ userId, hash: "not looked at", isShort, ...set }, [userId], { writtenBy: "test" });
};
const password = () => commands.passwords.standing(userId);

describe("a second factor that an operator lifts", () => {
  it("leaves neither secret nor codes, lets sign-ins pass, and says who did it and why", async () => {
    const lifted = await commands.lift(10, 200, asked);

    expect(lifted).toEqual({
      kind: "done",
      output: { liftedAt: noon(200) },
      events: [
        { type: "user.secondFactorDisabled", occurredAt: noon(200), data: { userId, by } },
        {
          type: "operator.acted",
          occurredAt: noon(200),
          data: { by, action: "liftSecondFactor", targets: [userId], reason },
        },
      ],
    });
    expect(await standing()).toEqual({
      ...{ userId, backupCodes: [], accepted: [], failures: { count: 0, counted: [] } },
      changes: expect.arrayContaining([{ operationId: operation(10), receivedAt: noon(200), at: noon(200) }]),
    });
    expect(wordOf(await commands.begin(11, 201, { userId, method: "magic_link" }))).toBe("done");
    expect(wordOf(await commands.check(12, 202, { userId, code: codes[0] }))).toBe("totp_not_set_up");
  });

  it("says the same thing twice when the message comes twice, and lifts none that was turned on since", async () => {
    const lifted = await commands.lift(10, 200, asked);
    const again = String(outputOf(await commands.setUp(11, 210, { userId }))["secret"]);
    await commands.enable(12, 220, { userId, code: codeAt(again, 220) });
    const before = await standing();

    expect(await commands.lift(10, 200, asked)).toEqual(lifted);
    expect(await standing()).toEqual(before);
    expect(wordOf(await commands.lift(13, 215, asked))).toBe("totp_not_set_up");
    expect(await standing()).toEqual(before);
  });

  it("may have failed a hundred times: the next one begins anew", async () => {
    for (let number = 0; number < 100; number += 1) await wrong(200 + number, 1000 + 3600 * number);
    const late = 1000 + 3600 * 101;
    expect(wordOf(await commands.check(400, late, { userId, code: codeAt(secret, late) }))).toBe(
      "totp_attempts_exceeded",
    );
    await commands.lift(401, late + 1, asked);

    expect((await standing())?.failures).toMatchObject({ count: 0 });
    expect((await standing())?.failures).not.toHaveProperty("notBefore");
    const next = String(outputOf(await commands.setUp(402, late + 10, { userId }))["secret"]);
    expect(wordOf(await commands.enable(403, late + 20, { userId, code: codeAt(next, late + 20) }))).toBe("done");
    expect(wordOf(await commands.check(404, late + 60, { userId, code: codeAt(next, late + 60) }))).toBe("done");
  });

  it("is lifted once by ten that ask at once: the others find none", async () => {
    const ten = Array.from({ length: 10 }, (_, index) => 10 + index);
    expect(tallyOf(await Promise.all(ten.map((number) => commands.lift(number, 200, asked))))).toEqual({
      done: 1,
      totp_not_set_up: 9,
    });
  });

  it("is an account's, and one that is on: otherwise nothing is told or suspended", async () => {
    await commands.users.create({ userId: nobody, userKind: "anonymous", createdAt: noon(0) }, { writtenBy: "test" });
    for (const unknown of [nobody, "2c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e"]) {
      expect(await commands.lift(10, 200, { ...asked, userId: unknown })).toMatchObject({
        code: "user_not_found",
        events: [],
      });
    }
    await commands.disable(11, 200, { userId });
    await withPassword(true);
    expect(await commands.lift(12, 210, asked)).toMatchObject({ code: "totp_not_set_up", events: [] });
    expect((await password()).password).not.toHaveProperty("suspended");
  });
});

describe("the password beside a second factor that an operator lifts", () => {
  it("opens nothing if it cannot stand alone, also beside the next second factor", async () => {
    await withPassword(true);
    expect((await password()).opens).toBe(true);
    await commands.lift(10, 200, asked);

    expect(await password()).toMatchObject({ opens: false, password: { suspended: { operationId: operation(10) } } });
    const again = String(outputOf(await commands.setUp(11, 210, { userId }))["secret"]);
    await commands.enable(12, 220, { userId, code: codeAt(again, 220) });
    expect((await password()).opens).toBe(false);
  });

  it("is suspended by the message that comes again, when its worker died in between", async () => {
    await withPassword(true);
    const { suspend } = commands.passwords;
    commands.passwords.suspend = () => Promise.reject(new Error("the table is away"));
    await expect(commands.lift(10, 200, asked)).rejects.toThrow("the table is away");
    commands.passwords.suspend = suspend;

    expect(wordOf(await commands.lift(10, 200, asked))).toBe("done");
    expect((await password()).password).toHaveProperty("suspended");
  });

  it("stays if it can stand alone, or was chosen after that was asked for", async () => {
    await withPassword(false);
    await commands.lift(10, 200, asked);
    expect(await password()).toMatchObject({ opens: true });

    ({ table, commands } = await accountUnderTest());
    await enrol(commands);
    await withPassword(true, 300);
    await commands.lift(10, 200, asked);
    expect((await password()).password).not.toHaveProperty("suspended");
  });
});

describe("a sign-in that waits while its second factor is lifted", () => {
  it("is over for every code, and opens nothing", async () => {
    const challengeId = await begin(commands, 10, 200);
    await commands.lift(11, 205, asked);

    for (const [index, code] of [codeAt(secret, 210), codes[0], wrongCodeAt(secret, 210)].entries()) {
      expect(await commands.answer(20 + index, 210, { challengeId, code })).toMatchObject({
        code: "second_factor_expired",
        events: [],
      });
    }
    expect((await commands.secondFactorChallenges.load(challengeId))?.used).toBeUndefined();
  });

  it("waits on when its message comes again, and is opened by no code of before, whatever is turned on since", async () => {
    const challengeId = await begin(commands, 10, 200);
    await commands.lift(11, 205, asked);
    expect(await begin(commands, 10, 200)).toBe(challengeId);
    const next = String(outputOf(await commands.setUp(12, 210, { userId }))["secret"]);
    await commands.enable(13, 220, { userId, code: codeAt(next, 220) });

    expect(wordOf(await commands.answer(14, 260, { challengeId, code: codeAt(secret, 260) }))).toBe("totp_invalid");
    expect(wordOf(await commands.answer(15, 261, { challengeId, code: codes[0] }))).toBe("totp_invalid");
  });

  it("says what came of it again, when its code had counted before", async () => {
    const challengeId = await begin(commands, 10, 200);
    const code = codeAt(secret, 210);
    const first = await commands.answer(11, 210, { challengeId, code });
    await commands.lift(12, 211, asked);

    expect(wordOf(first)).toBe("done");
    expect(await commands.answer(11, 210, { challengeId, code })).toEqual(first);
  });
});

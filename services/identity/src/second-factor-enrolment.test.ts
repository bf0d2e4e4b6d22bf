import { beforeEach, describe, expect, it } from "@jest/globals";
import { passwordItem } from "@lanyard/contracts";
import { type MemoryItemStore, typedItems } from "@lanyard/storage";
import { noon } from "./testing/password-commands.ts";
import { accountUnderTest, ENABLED_AT, enrol, userId, wrongCodeAt } from "./testing/second-factor-account.ts";
import { codeAt, outputOf, type Ran, type SecondFactorCommands, wordOf } from "./testing/second-factor-commands.ts";
import { operation } from "./testing/sign-ins.ts";

const visitorId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";

let table: MemoryItemStore;
let commands: SecondFactorCommands;
let secret: string;
let codes: readonly string[];
beforeEach(async () => {
  ({ table, commands } = await accountUnderTest());
});

const enrolled = async (): Promise<void> => {
  ({ secret, codes } = await enrol(commands));
};
const standing = () => commands.secondFactors.load(userId);
const typesOf = (result: Ran) => result.events.map(({ type }) => type);
const wrongAt = (seconds: number, turn = 0) => wrongCodeAt(secret, seconds, turn);

describe("a second factor that is set up", () => {
  it("shows a secret that rests sealed, in base32 and as an address, and is not on", async () => {
    const result = outputOf(await commands.setUp(1, 0, { userId }));

    expect(result["secret"]).toMatch(/^[A-Z2-7]{32}$/);
    expect(result["otpauthUrl"]).toContain("otpauth://totp/Lanyard:ada%40example.com?");
    expect((await standing())?.totp).toBeUndefined();
    expect(JSON.stringify(table.dump())).not.toContain(String(result["secret"]));
    expect(await commands.begin(2, 1, { userId, method: "magic_link" })).toMatchObject({ kind: "done", events: [] });
  });

  it("is on once a code of it was shown, with ten backup codes that rest as hashes", async () => {
    await enrolled();

    expect(codes).toHaveLength(10);
    for (const code of codes) expect(JSON.stringify(table.dump())).not.toContain(code.replace("-", ""));
    expect(await standing()).toMatchObject({ totp: { enabledAt: noon(ENABLED_AT), enabledBy: operation(2) } });
    expect(await standing()).not.toHaveProperty("pending");
  });

  it("is not turned on by a wrong code, which counts, and is by the right one afterwards", async () => {
    secret = String(outputOf(await commands.setUp(1, 0, { userId }))["secret"]);
    const wrong = await commands.enable(2, 30, { userId, code: wrongAt(30) });

    expect(wrong).toMatchObject({ code: "totp_invalid", events: [{ type: "user.secondFactorFailed" }] });
    expect((await standing())?.totp).toBeUndefined();
    const right = await commands.enable(3, 31, { userId, code: codeAt(secret, 31) });
    expect([wordOf(right), typesOf(right)]).toEqual(["done", ["user.secondFactorEnabled"]]);
    expect(await commands.enable(2, 30, { userId, code: wrongAt(30) })).toEqual(wrong);
  });

  it("is not replaced while it is on, and is told so", async () => {
    await enrolled();
    expect(wordOf(await commands.setUp(3, 100, { userId }))).toBe("totp_already_enabled");
    expect(wordOf(await commands.enable(4, 100, { userId, code: codeAt(secret, 100) }))).toBe("totp_already_enabled");
  });

  it("can be set up anew until it is on: the secret that was asked for last counts", async () => {
    const [first, second] = [await commands.setUp(1, 0, { userId }), await commands.setUp(3, 10, { userId })].map(
      (result) => String(outputOf(result)["secret"]),
    );
    expect(outputOf(await commands.setUp(2, 5, { userId }))["secret"]).not.toBe(second);

    expect(wordOf(await commands.enable(4, 20, { userId, code: codeAt(first ?? "", 20) }))).toBe("totp_invalid");
    expect(wordOf(await commands.enable(5, 20, { userId, code: codeAt(second ?? "", 20) }))).toBe("done");
  });

  it("is for accounts alone", async () => {
    await commands.users.create(
      { userId: visitorId, userKind: "anonymous", createdAt: noon(0) },
      { writtenBy: "test" },
    );
    expect(wordOf(await commands.setUp(1, 0, { userId: visitorId }))).toBe("account_required");
    expect(wordOf(await commands.enable(2, 0, { userId, code: "123456" }))).toBe("totp_not_set_up");
  });
});

describe("the code that turned it on", () => {
  it("cannot be used again, nor can one of a step before", async () => {
    await enrolled();
    for (const [index, seconds] of [ENABLED_AT, ENABLED_AT - 30].entries()) {
      expect(wordOf(await commands.check(10 + index, ENABLED_AT + 1, { userId, code: codeAt(secret, seconds) }))).toBe(
        "totp_invalid",
      );
    }
    expect(wordOf(await commands.check(20, ENABLED_AT + 31, { userId, code: codeAt(secret, ENABLED_AT + 31) }))).toBe(
      "done",
    );
  });
});

describe("backup codes made anew", () => {
  beforeEach(enrolled);

  it("void those of before, and say the same when the message comes twice", async () => {
    const made = await commands.regenerate(10, 200, { userId });
    const [fresh] = outputOf(made)["backupCodes"] as string[];

    expect(typesOf(made)).toEqual(["user.backupCodesMade"]);
    expect(wordOf(await commands.check(11, 210, { userId, code: codes[0] }))).toBe("totp_invalid");
    expect(wordOf(await commands.check(12, 211, { userId, code: fresh }))).toBe("done");
    expect(await commands.regenerate(10, 200, { userId })).toEqual(made);
    expect(wordOf(await commands.check(13, 212, { userId, code: fresh }))).toBe("totp_invalid");
  });

  it("are those that were asked for last, however the messages come", async () => {
    const later = await commands.regenerate(11, 201, { userId });
    const earlier = await commands.regenerate(10, 200, { userId });
    const [ofLater, ofEarlier] = [later, earlier].map((result) => (outputOf(result)["backupCodes"] as string[])[0]);

    expect(wordOf(await commands.check(12, 210, { userId, code: ofEarlier }))).toBe("totp_invalid");
    expect(wordOf(await commands.check(13, 211, { userId, code: ofLater }))).toBe("done");
  });

  it("are for whoever has the factor on", async () => {
    await commands.disable(10, 200, { userId });
    expect(wordOf(await commands.regenerate(11, 201, { userId }))).toBe("totp_not_set_up");
    expect(wordOf(await commands.check(12, 202, { userId, code: codes[0] }))).toBe("totp_not_set_up");
  });
});

describe("a second factor that is turned off", () => {
  beforeEach(enrolled);

  it("leaves neither secret nor codes, and lets sign-ins pass", async () => {
    const off = await commands.disable(10, 200, { userId });

    expect(off).toEqual({
      kind: "done",
      output: { disabledAt: noon(200) },
      events: [{ type: "user.secondFactorDisabled", occurredAt: noon(200), data: { userId } }],
    });
    expect(await standing()).not.toHaveProperty("totp");
    expect((await standing())?.backupCodes).toEqual([]);
    expect(wordOf(await commands.begin(11, 201, { userId, method: "magic_link" }))).toBe("done");
    expect(await commands.disable(10, 200, { userId })).toEqual(off);
    expect(wordOf(await commands.disable(12, 202, { userId }))).toBe("totp_not_set_up");
  });

  it("stays on beside a password that cannot stand alone", async () => {
    const hash = "not looked at";
    const password = {
      userId,
      hash,
      setBy: operation(90),
      setAt: noon(0),
      receivedAt: noon(0),
      isShort: true,
      changes: [],
    };
    await typedItems(table, passwordItem).putIfAbsent(password, [userId], { writtenBy: "test" });

    expect(await commands.disable(10, 200, { userId })).toMatchObject({
      code: "password_too_weak",
      extra: { reason: "short_without_second_factor", minLength: 15 },
    });
    expect((await standing())?.totp).toBeDefined();
  });

  it("stays on when it was turned on after that was asked for", async () => {
    await commands.disable(10, 200, { userId });
    const again = String(outputOf(await commands.setUp(11, 210, { userId }))["secret"]);
    await commands.enable(12, 220, { userId, code: codeAt(again, 220) });

    expect(wordOf(await commands.disable(13, 205, { userId }))).toBe("totp_not_set_up");
    expect((await standing())?.totp).toBeDefined();
  });
});

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { signInByMail } from "../support/account.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  openLink,
  registered,
  registration,
  signedInBy,
} from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { bearerOf, seenBy, tokensOf, wordsOf } from "../support/visitor.ts";

const ADA = "ada.lovelace@example.com";
const LONGEST = `${GOOD_PASSWORD} `.repeat(6).slice(0, 128);
let system: InProcessSystem;
afterEach(() => system.stop());
const start = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem(options);
};
const register = (password: string, email = ADA, headers: Record<string, string> = {}) =>
  system.call("POST", "/api/v2/auth/password/register", { json: { email, password }, headers });

describe("a registration", () => {
  it("is proven by its mail, which signs in, and from then on the password does", async () => {
    await start();
    const { token } = await registration(system, ADA);
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("401 credentials_invalid");
    const owner = signedInBy(await openLink(system, token));
    const answer = await login(system, "Ada.Lovelace@Example.COM", GOOD_PASSWORD);

    expect(answer).toMatchObject({ status: 200, body: { user: { id: owner.userId, kind: "account", email: ADA } } });
    expect(await seenBy(system, bearerOf(tokensOf(answer)))).toBe("200");
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("401 credentials_invalid");
  });

  it("is proven by the code of its mail as well", async () => {
    await start();
    const { challengeId, code } = await registration(system, ADA);
    const json = { challengeId, code };
    expect(wordsOf(await system.call("POST", "/api/v2/auth/otp/verify", { json }))).toBe("200");
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
  });

  it("by a stranger opens nothing once the owner has come by another way, however late it is proven", async () => {
    await start();
    const { token } = await registration(system, ADA, "a stranger's password");
    const owner = await signInByMail(system, ADA);
    expect(wordsOf(await login(system, ADA, "a stranger's password"))).toBe("401 credentials_invalid");
    const late = signedInBy(await openLink(system, token));

    expect(late.userId).toBe(owner.userId);
    expect(wordsOf(await login(system, ADA, "a stranger's password"))).toBe("401 credentials_invalid");
  });

  it("changes no password of an account that has one", async () => {
    await start();
    await registered(system, ADA);
    // Until the first registration is over, another brings no password anyhow.
    await system.clock.advance(61 * 60_000);
    await openLink(system, (await registration(system, ADA, OTHER_PASSWORD)).token);

    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("401 credentials_invalid");
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
  });

  it("is answered alike for an address with an account and for one without, before any worker runs", async () => {
    await start();
    await registered(system, ADA);
    const known = await register(OTHER_PASSWORD);
    const unknown = await register(OTHER_PASSWORD, "nobody@example.com");

    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(Object.keys(known.body as object)).toEqual(Object.keys(unknown.body as object));
    expect(Object.keys(known.headers)).toEqual(Object.keys(unknown.headers));
    await system.stop();
    await start({ workers: [] });
    expect((await register(GOOD_PASSWORD)).status).toBe(202);
  });

  it("is one and the same when its request is sent again with its key, and one mail is sent", async () => {
    await start();
    const headers = { "idempotency-key": randomUUID() };
    const first = await register(GOOD_PASSWORD, ADA, headers);
    await settled(system);
    const second = await register(GOOD_PASSWORD, ADA, headers);
    await settled(system);

    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(system.mails).toHaveLength(1);
    expect(wordsOf(await register(OTHER_PASSWORD, ADA, headers))).toBe("422 idempotency_key_reused");
  });
});

describe("a password that is too weak", () => {
  it.each([
    ["fourteen chars", "too_short"],
    ["🐴".repeat(129), "too_long"],
    ["PasswordPassword", "common"],
    ["a".repeat(15), "common"],
    ["qwertyuiop12345", "common"],
    [`my ${ADA.toUpperCase()}`, "holds_address"],
    ["Ada.Lovelace 1815", "holds_address"],
    ["half a character: \ud83d", "not_text"],
  ])("is refused before anything is queued, and says why: %j", async (password, reason) => {
    await start({ workers: [] });
    const answer = await register(password);

    expect(answer).toMatchObject({ status: 422, body: { code: "password_too_weak", reason, minLength: 15 } });
    for (const queue of ["token", "identity-hash"]) expect(system.transport.held(queue)).toEqual([]);
    expect(answer.text).not.toContain(ADA);
  });

  it.each(["fifteenletterso", "пятнадцать буквы", "🐴🔋📎✅🌙🚲🍋🎻🧦🦉🪁🫖🧭🎈🪴", "    fifteen     ", LONGEST])(
    "is not %j",
    async (password) => {
      await start({ workers: [] });
      expect((await register(password)).status).toBe(202);
    },
  );
});

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { PasswordHashing } from "@lanyard/passwords";
import type { Derivation } from "@lanyard/secrets";
import { cheapHashing } from "../support/cheap-hashing.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  changePassword,
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  openLink,
  registration,
  reset,
  resetLink,
  signedInBy,
} from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const STRANGERS_PASSWORD = "a password of mallory";
const INVALID = "401 credentials_invalid";
let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem();
});
afterEach(() => system.stop());

const byCode = ({ challengeId, code }: { readonly challengeId: string; readonly code: string }) =>
  system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code } });
const opensNothing = async (...passwords: readonly string[]): Promise<void> => {
  for (const password of passwords) expect(wordsOf(await login(system, ADA, password))).toBe(INVALID);
};

describe("a registration that a stranger has made for the same address", () => {
  it.each(["before", "after"])("%s the owner's brings no password, whichever mail the owner answers", async (when) => {
    const passwords = when === "before" ? [STRANGERS_PASSWORD, GOOD_PASSWORD] : [GOOD_PASSWORD, STRANGERS_PASSWORD];
    const mails = [];
    for (const password of passwords) mails.push(await registration(system, ADA, password));
    const [first, second] = mails;
    if (first === undefined || second === undefined) throw new Error("there are not two");

    const owner = signedInBy(await openLink(system, first.token));
    await opensNothing(...passwords);
    expect(signedInBy(await byCode(second)).userId).toBe(owner.userId);
    await opensNothing(...passwords);
  });

  it("leaves the owner an account, who chooses a password in the session that has begun", async () => {
    const { token } = await registration(system, ADA, STRANGERS_PASSWORD);
    await registration(system, ADA);
    const owner = signedInBy(await openLink(system, token));

    expect((await changePassword(system, owner, { newPassword: OTHER_PASSWORD })).status).toBe(204);
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
    await opensNothing(STRANGERS_PASSWORD, GOOD_PASSWORD);
  });

  it("leaves the owner an account, who chooses a password by mail", async () => {
    await registration(system, ADA, STRANGERS_PASSWORD);
    await openLink(system, (await registration(system, ADA)).token);

    expect((await reset(system, await resetLink(system, ADA), OTHER_PASSWORD)).status).toBe(204);
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("counts from when the queue has the owner's, however long hashing takes", async () => {
    await system.stop();
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const hashing = (derivation: Derivation): PasswordHashing => {
      const real = cheapHashing(derivation);
      const hash: PasswordHashing["hash"] = async (password, by) => {
        if (password === GOOD_PASSWORD) await held;
        return real.hash(password, by);
      };
      return { ...real, hash };
    };
    system = await inProcessSystem({ hashing });
    const { token } = await registration(system, ADA, STRANGERS_PASSWORD);
    await system.call("POST", "/api/v2/auth/password/register", { json: { email: ADA, password: GOOD_PASSWORD } });
    await settled(system, ["token"]);
    await openLink(system, token);
    goOn();
    await settled(system);

    expect(system.mails).toHaveLength(2);
    await opensNothing(STRANGERS_PASSWORD, GOOD_PASSWORD);
  });

  it("is past once its hour is over", async () => {
    await registration(system, ADA, STRANGERS_PASSWORD);
    await system.clock.advance(61 * 60_000);
    await openLink(system, (await registration(system, ADA)).token);

    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
    await opensNothing(STRANGERS_PASSWORD);
  });
});

describe("registrations of one address that ask at once", () => {
  it("with ten passwords make one account, which none of them opens", async () => {
    const passwords = Array.from({ length: 10 }, (_, index) => `the horse battery of ${index}`);
    const asked = passwords.map((password) =>
      system.call("POST", "/api/v2/auth/password/register", { json: { email: ADA, password } }),
    );
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(passwords.map(() => 202));
    await settled(system);
    const tokens = system.mails.map(({ text }) => /#token=(\S+)/.exec(text)?.[1] ?? "");
    const answers = await Promise.all(tokens.map((token) => openLink(system, token)));

    expect(new Set(answers.map((answer) => signedInBy(answer).userId)).size).toBe(1);
    await opensNothing(...passwords.slice(0, 4));
  });

  it("by one person, twice with one password, make an account that it opens", async () => {
    await registration(system, ADA);
    await openLink(system, (await registration(system, ADA)).token);

    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
  });
});

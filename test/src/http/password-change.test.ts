import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { signInByMail } from "../support/account.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { changePassword, GOOD_PASSWORD, login, OTHER_PASSWORD, registered, signedInBy } from "../support/passwords.ts";
import { seenBy, signIn, wordsOf } from "../support/visitor.ts";

const ADA = "ada.lovelace@example.com";
const MINUTE = 60_000;
let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem();
});
afterEach(() => system.stop());

describe("a change of the password", () => {
  const changed = { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD };

  it("ends every other session and keeps its own", async () => {
    const [own, other] = [await registered(system, ADA), signedInBy(await login(system, ADA, GOOD_PASSWORD))];
    expect((await changePassword(system, own, changed)).status).toBe(204);

    expect(await seenBy(system, own.bearer)).toBe("200");
    expect(await seenBy(system, other.bearer)).toBe("403 session_revoked password_changed");
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("401 credentials_invalid");
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("asks for the one that it replaces, counted like a sign-in", async () => {
    const own = await registered(system, ADA);
    const wrong = { currentPassword: "wrong", newPassword: OTHER_PASSWORD };
    for (let tries = 0; tries < 5; tries += 1) {
      expect(wordsOf(await changePassword(system, own, wrong))).toBe("401 credentials_invalid");
    }
    expect(wordsOf(await changePassword(system, own, changed))).toBe("429 password_attempts_exceeded");
    expect(wordsOf(await changePassword(system, own, { newPassword: OTHER_PASSWORD }))).toBe("401 credentials_invalid");
    await system.clock.advance(1000);
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
  });

  it("is one of four at once", async () => {
    const own = await registered(system, ADA);
    const answers = [];
    for (let index = 0; index < 4; index += 1) {
      const newPassword = `the horse battery of ${index}`;
      answers.push(changePassword(system, own, { currentPassword: GOOD_PASSWORD, newPassword }));
    }
    const words = (await Promise.all(answers)).map(wordsOf);
    expect(words.filter((said) => said === "204")).toHaveLength(1);
    expect(words.filter((said) => said === "401 credentials_invalid")).toHaveLength(3);
  });

  it("is made once when its request is sent again with its key", async () => {
    const own = await registered(system, ADA);
    const headers = { ...own.bearer, "idempotency-key": randomUUID() };
    const send = () => system.call("PATCH", "/api/v2/auth/me/password", { json: changed, headers });
    expect([(await send()).status, (await send()).status]).toEqual([204, 204]);
    const third = signedInBy(await login(system, ADA, OTHER_PASSWORD));
    expect((await send()).status).toBe(204);
    expect(await seenBy(system, third.bearer)).toBe("200");
  });

  it.each([
    ["fourteen chars", "too_short"],
    ["hello Ada.Lovelace", "holds_address"],
    ["passwordpassword", "common"],
  ])("to a weak one (%j) is refused before anything is tried", async (newPassword, reason) => {
    const own = await registered(system, ADA);
    const answer = await changePassword(system, own, { currentPassword: "wrong", newPassword });
    expect(answer).toMatchObject({ status: 422, body: { code: "password_too_weak", reason, minLength: 15 } });
  });

  it("is no visitor's, and nobody's", async () => {
    expect(wordsOf(await changePassword(system, await signIn(system), changed))).toBe("403 account_required");
    const answer = await system.call("PATCH", "/api/v2/auth/me/password", { json: changed });
    expect(wordsOf(answer)).toBe("401 unauthenticated");
  });
});

describe("the first password of an account", () => {
  it("is set by whoever has signed in a short while ago, and by no password in its place", async () => {
    const own = await signInByMail(system, ADA);
    const guessed = { currentPassword: "anything at all", newPassword: OTHER_PASSWORD };
    expect(wordsOf(await changePassword(system, own, guessed))).toBe("401 credentials_invalid");
    expect((await changePassword(system, own, { newPassword: OTHER_PASSWORD })).status).toBe(204);
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("is set by nobody who signed in long ago", async () => {
    const own = await signInByMail(system, ADA);
    await system.clock.advance(16 * MINUTE);
    const { body } = await system.call("POST", "/api/v2/auth/session/refresh", {
      json: { refreshToken: own.refreshToken },
    });
    const { accessToken } = (body as { tokens: { accessToken: string } }).tokens;
    const late = { bearer: { authorization: `Bearer ${accessToken}` } };
    const answer = await changePassword(system, late, { newPassword: OTHER_PASSWORD });
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required", factor: "first" } });
  });
});

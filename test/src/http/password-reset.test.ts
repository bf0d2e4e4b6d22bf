import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { challengeFor, signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  registered,
  reset,
  resetLink,
  signedInBy,
} from "../support/passwords.ts";
import { enrolled } from "../support/second-factor.ts";
import { refresh, seenBy, wordsOf } from "../support/visitor.ts";

const ADA = "ada.lovelace@example.com";
const MINUTE = 60_000;
let system: InProcessSystem;
afterEach(() => system.stop());
const start = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem(options);
};

describe("a reset by mail", () => {
  it("sets the password and ends every session of the account, on every gateway", async () => {
    await start({ gateways: 2 });
    const sessions = [await registered(system, ADA), signedInBy(await login(system, ADA, GOOD_PASSWORD))];
    expect((await reset(system, await resetLink(system, ADA), OTHER_PASSWORD)).status).toBe(204);

    for (const { bearer, refreshToken } of sessions) {
      expect(await seenBy(system, bearer)).toBe("403 session_revoked password_reset");
      expect((await refresh(system, refreshToken)).status).toBe(401);
    }
    await system.clock.advance(1000);
    const [, second = system] = system.gateways;
    for (const { bearer } of sessions) {
      expect(await seenBy(second, bearer)).toBe("403 session_revoked password_reset");
    }
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("401 credentials_invalid");
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("is asked for alike for an address with an account and for one without", async () => {
    await start();
    await registered(system, ADA);
    const ask = (email: string) => system.call("POST", "/api/v2/auth/password-resets", { json: { email } });
    const [known, unknown] = [await ask(ADA), await ask("nobody@example.com")];
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(Object.keys(known.body as object)).toEqual(Object.keys(unknown.body as object));
    expect(Object.keys(known.headers)).toEqual(Object.keys(unknown.headers));
  });

  it("gives an account that has none its first password", async () => {
    await start();
    const owner = await signInByMail(system, ADA);
    await reset(system, await resetLink(system, ADA), OTHER_PASSWORD);
    expect(signedInBy(await login(system, ADA, OTHER_PASSWORD)).userId).toBe(owner.userId);
  });

  it("is won by one of ten that use its link at once; the others are told that it was used", async () => {
    await start({ gateways: 2 });
    await registered(system, ADA);
    const token = await resetLink(system, ADA);
    const passwords = Array.from({ length: 10 }, (_, index) => `the horse battery of ${index}`);
    const answers = await Promise.all(
      passwords.map((password, index) => reset(system.gateways[index % 2] ?? system, token, password)),
    );

    expect(answers.map(wordsOf).toSorted()).toEqual(["204", ...Array(9).fill("409 token_already_used")]);
    const winner = answers.findIndex(({ status }) => status === 204);
    for (const [index, password] of passwords.entries()) {
      if (index !== winner) expect(wordsOf(await login(system, ADA, password))).toBe("401 credentials_invalid");
      expect(wordsOf(await login(system, ADA, passwords[winner] ?? ""))).toBe("200");
    }
  });

  it("that was asked for earlier undoes none that was asked for later", async () => {
    await start();
    await registered(system, ADA);
    const links = [await resetLink(system, ADA), await resetLink(system, ADA)];
    expect((await reset(system, links[1] ?? "", OTHER_PASSWORD)).status).toBe(204);
    await system.clock.advance(1000);
    expect(wordsOf(await reset(system, links[0] ?? "", "the first horse battery"))).toBe("409 password_superseded");
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it.each([
    ["fourteen chars", "too_short"],
    ["hello Ada.Lovelace", "holds_address"],
    ["passwordpassword", "common"],
  ])("with a weak password (%j) is refused and spends no link", async (password, reason) => {
    await start();
    await registered(system, ADA);
    const token = await resetLink(system, ADA);
    const answer = await reset(system, token, password);
    expect(answer).toMatchObject({ status: 422, body: { code: "password_too_weak", reason, minLength: 15 } });
    expect((await reset(system, token, OTHER_PASSWORD)).status).toBe(204);
  });

  it("says nothing of an account to whoever does not hold its link", async () => {
    await start();
    await registered(system, ADA);
    const token = await resetLink(system, ADA);
    const forged = `${token.slice(0, 60)}${"A".repeat(token.length - 60)}`;
    const answers: HttpAnswer[] = [];
    for (const password of ["hello Ada.Lovelace", OTHER_PASSWORD]) answers.push(await reset(system, forged, password));
    expect(answers.map(wordsOf)).toEqual(["400 token_invalid", "400 token_invalid"]);
  });

  it.each([
    ["with a second factor", true],
    ["without one", false],
  ])("tells by a link that sets no password any more nothing of what an account has beside it: %s", async (_, has) => {
    await start();
    const ada = await registered(system, ADA);
    if (has) await enrolled(system, ada);
    const [first, second, third] = [
      await resetLink(system, ADA),
      await resetLink(system, ADA),
      await resetLink(system, ADA),
    ];
    const tenLetters = "cormorants";
    // As long as it does, its holder may know.
    if (!has) expect(await reset(system, third, tenLetters)).toMatchObject({ status: 422, body: { minLength: 15 } });
    expect((await reset(system, second, OTHER_PASSWORD)).status).toBe(204);

    for (const password of ["short", tenLetters, "passwordpassword", "hello Ada.Lovelace", GOOD_PASSWORD]) {
      expect(wordsOf(await reset(system, second, password))).toBe("409 token_already_used");
      expect(wordsOf(await reset(system, first, password))).toBe("409 password_superseded");
    }
    const late = await resetLink(system, ADA);
    await system.clock.advance(61 * MINUTE);
    for (const password of ["short", tenLetters, "passwordpassword", GOOD_PASSWORD]) {
      expect(wordsOf(await reset(system, late, password))).toBe("410 token_expired");
    }
  });

  it("is answered the same when its request comes again under its key, though its link is used by then", async () => {
    await start();
    await registered(system, ADA);
    const [token, headers] = [await resetLink(system, ADA), { "idempotency-key": randomUUID() }];
    const ask = () =>
      system.call("PATCH", "/api/v2/auth/password-resets", { json: { token, password: OTHER_PASSWORD }, headers });

    expect([(await ask()).status, (await ask()).status]).toEqual([204, 204]);
  });

  it("that is under way goes on when its request comes again under its key: it has used its link itself", async () => {
    await start({ workers: ["identity", "token", "notification"] });
    const [token, headers] = [await resetLink(system, ADA), { "idempotency-key": randomUUID() }];
    const ask = () =>
      system.whileTimePasses(
        system.call("PATCH", "/api/v2/auth/password-resets", { json: { token, password: OTHER_PASSWORD }, headers }),
      );
    const first = await ask();
    await system.clock.advance(5000);

    expect(wordsOf(await reset(system, token, OTHER_PASSWORD))).toBe("409 token_already_used");
    expect(await ask()).toMatchObject({ status: 202, headers: { location: first.headers["location"] } });
  });

  it("takes no link that was mailed for anything else, and its own signs nobody in", async () => {
    await start();
    await registered(system, ADA);
    const { token: magic } = await challengeFor(system, ADA);
    expect(wordsOf(await reset(system, magic, OTHER_PASSWORD))).toBe("400 token_invalid");
    const token = await resetLink(system, ADA);
    const asSignIn = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token } });
    expect(wordsOf(asSignIn)).toBe("400 token_invalid");
    for (const nonsense of ["x", `pr_${"A".repeat(86)}`, token.replace("pr_", "ml_")]) {
      expect(wordsOf(await reset(system, nonsense, OTHER_PASSWORD))).toBe("400 token_invalid");
    }
  });

  it("is gone after an hour", async () => {
    await start();
    await registered(system, ADA);
    const token = await resetLink(system, ADA);
    await system.clock.advance(61 * MINUTE);
    expect(wordsOf(await reset(system, token, OTHER_PASSWORD))).toBe("410 token_expired");
    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
  });
});

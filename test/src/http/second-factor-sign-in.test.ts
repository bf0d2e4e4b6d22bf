import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { challengeFor, signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { GOOD_PASSWORD, login, registered } from "../support/passwords.ts";
import {
  answered,
  claimsIn,
  type Enrolled,
  enrolled,
  nextCode,
  shownCode,
  waitingIn,
} from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { sseEvents } from "../support/sse-events.ts";
import { totpStepAt, wrongTotpCode } from "../support/virtual-authenticator.ts";
import { tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const MINUTE = 60_000;
const fifty = Array.from({ length: 50 }, (_, index) => index);

let system: InProcessSystem;
let ada: Visitor;
let factor: Enrolled;
beforeEach(async () => {
  system = await inProcessSystem({ gateways: 2 });
  ada = await registered(system, ADA);
  factor = await enrolled(system, ada);
  // The code that turned it on has counted.
  await system.clock.advance(30_000);
});
afterEach(() => system.stop());

const post = (path: string, json: object, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  system.call("POST", `/api/v2/auth/${path}`, { json, headers });
const byLink = async (headers: Record<string, string> = {}) =>
  post("magic-link/verify", { token: (await challengeFor(system, ADA)).token }, headers);
const byCode = async (headers: Record<string, string> = {}) => {
  const { challengeId, code } = await challengeFor(system, ADA);
  return post("otp/verify", { challengeId, code }, headers);
};
const byPassword = (headers: Record<string, string> = {}) =>
  post("password/login", { email: ADA, password: GOOD_PASSWORD }, headers);
const wrongCode = (turn = 0): string => wrongTotpCode(factor.secret, totpStepAt(system.clock.now()), turn);
const tally = (answers: readonly HttpAnswer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[wordsOf(answer)] = (counts[wordsOf(answer)] ?? 0) + 1;
  return counts;
};
const sessions = () =>
  system
    .table("session")
    .dump()
    .filter(({ key }) => key.sk.startsWith("session#"));

describe.each([
  ["a magic link", byLink, ["email", "otp", "mfa"]],
  ["a code by mail", byCode, ["otp", "mfa"]],
  ["a password", byPassword, ["pwd", "otp", "mfa"]],
] as const)("a sign-in by %s, of an account with a second factor", (_, signIn, amr) => {
  it("opens no session until the second factor is proven, and then says that it was", async () => {
    const before = sessions().length;
    const waits = await signIn();

    expect(waits).toMatchObject({ status: 200, body: { secondFactor: { methods: ["totp", "backup_code"] } } });
    expect(waits.text).not.toContain("accessToken");
    expect(sessions()).toHaveLength(before);
    const answer = await answered(system, waitingIn(waits), shownCode(system, factor.secret));

    expect(answer).toMatchObject({ status: 200, body: { user: { id: ada.userId, kind: "account", email: ADA } } });
    expect(sessions()).toHaveLength(before + 1);
    expect(claimsIn(tokensOf(answer))).toMatchObject({
      amr,
      second_factor_time: Math.floor(system.clock.now() / 1000),
      auth_time: Math.floor(system.clock.now() / 1000),
    });
  });

  it("ends its stream in `second-factor`, and that of its second factor in `token-delivery`", async () => {
    const stream = { accept: "text/event-stream" };
    const waits = sseEvents((await signIn(stream)).text).at(-1);

    expect(waits).toMatchObject({
      event: "second-factor",
      data: { secondFactor: { methods: ["totp", "backup_code"] } },
    });
    const { challengeId } = waits?.data["secondFactor"] as { challengeId: string };
    const { text } = await answered(system, challengeId, shownCode(system, factor.secret), stream);
    expect(sseEvents(text).at(-1)).toMatchObject({ event: "token-delivery", data: { user: { id: ada.userId } } });
  });
});

describe("a sign-in that waits", () => {
  it("is read as what it is by its operation, also when it was not waited for", async () => {
    const { token } = await challengeFor(system, ADA);
    const pending = await post("magic-link/verify", { token }, { prefer: "respond-async" });
    const { operationId, operationSecret } = pending.body as { operationId: string; operationSecret: string };
    await settled(system);
    const read = await system.call("GET", `/api/v2/operations/${operationId}`, {
      headers: { "x-operation-secret": operationSecret },
    });

    expect(read).toMatchObject({
      status: 200,
      body: { status: "succeeded", result: { secondFactor: { challengeId: expect.stringMatching(/^sf_/) } } },
    });
  });

  it("is answered the same when the request comes again under its key", async () => {
    const { token } = await challengeFor(system, ADA);
    const headers = { "idempotency-key": "7a6e6a0e-5d3c-4c8e-9a51-9a7f1d5b1c11" };
    const first = await post("magic-link/verify", { token }, headers);
    const again = await post("magic-link/verify", { token }, headers);

    expect(again.text).toBe(first.text);
    expect(waitingIn(again)).toBe(waitingIn(first));
  });

  it("goes on once for fifty submissions of one code at once, at two gateways", async () => {
    const challengeId = waitingIn(await byLink());
    const code = shownCode(system, factor.secret);
    const before = sessions().length;
    const answers = await Promise.all(
      fifty.map((index) =>
        (system.gateways[index % 2] ?? system).call("POST", "/api/v2/auth/2fa/verify", { json: { challengeId, code } }),
      ),
    );

    expect(tally(answers)["200"]).toBe(1);
    expect(sessions()).toHaveLength(before + 1);
  });

  it("goes on once for fifty uses of one backup code at once, in as many sign-ins", async () => {
    const waiting = await Promise.all(fifty.map(async () => waitingIn(await byPassword())));
    const before = sessions().length;
    const [code = ""] = factor.backupCodes;
    const answers = await Promise.all(waiting.map((challengeId) => answered(system, challengeId, code)));

    expect(tally(answers)["200"]).toBe(1);
    expect(sessions()).toHaveLength(before + 1);
    const signedIn = answers.find(({ status }) => status === 200);
    expect(signedIn && claimsIn(tokensOf(signedIn))["amr"]).toEqual(["pwd", "backup_code", "mfa"]);
  });

  it("takes a code once, whatever sign-in it is shown to", async () => {
    const code = shownCode(system, factor.secret);
    const [one, two] = [waitingIn(await byLink()), waitingIn(await byPassword())];
    expect(wordsOf(await answered(system, one, code))).toBe("200");
    expect(wordsOf(await answered(system, one, code))).toBe("409 token_already_used");
    expect(await answered(system, two, code)).toMatchObject({
      status: 401,
      body: { code: "totp_invalid", attemptsLeft: 4 },
    });
    expect(wordsOf(await answered(system, two, await nextCode(system, factor.secret)))).toBe("200");
  });

  it("has five tries and no sixth; whoever begins anew has them again", async () => {
    const challengeId = waitingIn(await byLink());
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      expect((await answered(system, challengeId, wrongCode(attemptsLeft))).body).toMatchObject({ attemptsLeft });
    }
    await system.clock.advance(2000);
    const sixth = await answered(system, challengeId, shownCode(system, factor.secret));

    expect(sixth).toMatchObject({ status: 429, body: { code: "totp_attempts_exceeded" } });
    expect(sixth.headers).not.toHaveProperty("retry-after");
    expect(wordsOf(await answered(system, waitingIn(await byLink()), shownCode(system, factor.secret)))).toBe("200");
  });

  it("says when a code is compared again once five in a row were wrong", async () => {
    const challengeId = waitingIn(await byLink());
    for (const turn of [0, 1, 2, 3, 4]) await answered(system, challengeId, wrongCode(turn));
    const waits = waitingIn(await byPassword());
    const refused = await answered(system, waits, shownCode(system, factor.secret));

    expect(refused).toMatchObject({
      status: 429,
      headers: { "retry-after": "1" },
      body: { code: "totp_attempts_exceeded", retryAfterSeconds: 1 },
    });
    await system.clock.advance(1000);
    expect(wordsOf(await answered(system, waits, shownCode(system, factor.secret)))).toBe("200");
  });

  it("waits for ten minutes", async () => {
    const challengeId = waitingIn(await byLink());
    await system.clock.advance(10 * MINUTE);
    expect(wordsOf(await answered(system, challengeId, shownCode(system, factor.secret)))).toBe(
      "410 second_factor_expired",
    );
  });

  it("that nobody began is refused before any queue", async () => {
    const answer = await answered(system, `sf_${"0".repeat(32)}${"A".repeat(22)}`, shownCode(system, factor.secret));
    expect(answer).toMatchObject({ status: 401, body: { code: "totp_invalid", attemptsLeft: 0 } });
  });

  it("tells its account what was tried: who waited, what failed, which backup code was spent", async () => {
    const challengeId = waitingIn(await byLink());
    await answered(system, challengeId, wrongCode());
    const [, , code = ""] = factor.backupCodes;
    const { body } = await answered(system, challengeId, code);
    await settled(system);
    const { accessToken } = (body as { tokens: { accessToken: string } }).tokens;
    const events = await system.call("GET", "/api/v2/auth/security-events", {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    const types = (events.body as { events: { type: string }[] }).events.map(({ type }) => type);

    expect(types).toEqual(
      expect.arrayContaining([
        "secondFactor.asked",
        "user.secondFactorFailed",
        "user.backupCodeUsed",
        "session.opened",
      ]),
    );
    expect(events.text).toContain('"secondFactor":"backup_code"');
  });
});

describe("an account without a second factor", () => {
  it("is asked for none", async () => {
    const bob = await signInByMail(system, "bob@example.com");
    expect(claimsIn(bob)).not.toHaveProperty("second_factor_time");
    expect((await login(system, ADA, GOOD_PASSWORD)).text).toContain("secondFactor");
  });
});

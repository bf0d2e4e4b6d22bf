import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { opsKeyHash } from "@lanyard/gateway-service";
import { challengeFor, signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  changePassword,
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  openLink,
  registered,
  reset,
  resetLink,
} from "../support/passwords.ts";
import { answered, type Enrolled, enrolled, nextCode, steppedUp, waitingIn } from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const SHORT = "8 chars!";
const REASON = "Lost phone; called back";
const key = Buffer.alloc(32, 1).toString("base64url");
const operator = { authorization: `Bearer ${key}`, "x-forwarded-for": "198.51.100.9" };

let system: InProcessSystem;
let ada: Visitor;
let factor: Enrolled;
beforeEach(async () => {
  const opsKeys = [{ name: "deploy", hash: opsKeyHash(key) }];
  system = await inProcessSystem({ gateways: 2, settings: { opsKeys, trustedProxies: ["127.0.0.1"] } });
  ada = await registered(system, ADA);
  factor = await enrolled(system, ada);
});
afterEach(() => system.stop());

const lift = (userId: string, json: object = { reason: REASON }): Promise<HttpAnswer> =>
  system.call("DELETE", `/api/v2/admin/users/${userId}/second-factor`, { headers: operator, json });
const byLink = async (): Promise<HttpAnswer> => openLink(system, (await challengeFor(system, ADA)).token);
const told = (type: string): readonly unknown[] =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"] === type)
    .map(({ body }) => (JSON.parse(body) as { readonly data: unknown }).data);

describe("an operator who lifts a second factor", () => {
  it("lets its owner in by the first factor, and every sign-in that waits is over", async () => {
    const waits = waitingIn(await byLink());
    expect((await lift(ada.userId)).status).toBe(204);

    for (const code of [await nextCode(system, factor.secret), factor.backupCodes[0] ?? ""]) {
      expect(wordsOf(await answered(system, waits, code))).toBe("410 second_factor_expired");
    }
    expect((await signInByMail(system, ADA)).userId).toBe(ada.userId);
    expect((await enrolled(system, await signInByMail(system, ADA))).backupCodes).toHaveLength(10);
    expect(waitingIn(await byLink())).toMatch(/^sf_/);
  });

  it("forgives what has failed with it", async () => {
    const begun = async () => waitingIn(await login(system, ADA, GOOD_PASSWORD));
    const waits = await begun();
    for (let tries = 0; tries < 5; tries += 1) await answered(system, waits, "AAAAA-AAAAA");
    expect(wordsOf(await answered(system, await begun(), "AAAAA-AAAAA"))).toBe("429 totp_attempts_exceeded");
    await lift(ada.userId);

    expect((await signInByMail(system, ADA)).userId).toBe(ada.userId);
  });

  it("suspends a password that cannot stand alone: its owner chooses another by mail", async () => {
    ada = await steppedUp(system, ada, await nextCode(system, factor.secret));
    expect((await changePassword(system, ada, { currentPassword: GOOD_PASSWORD, newPassword: SHORT })).status).toBe(
      204,
    );
    expect(waitingIn(await login(system, ADA, SHORT))).toMatch(/^sf_/);
    await lift(ada.userId);

    expect(wordsOf(await login(system, ADA, SHORT))).toBe("401 credentials_invalid");
    const link = await resetLink(system, ADA);
    expect(wordsOf(await reset(system, link, SHORT))).toBe("422 password_too_weak too_short");
    expect((await reset(system, link, OTHER_PASSWORD)).status).toBe(204);
    expect(wordsOf(await login(system, ADA, OTHER_PASSWORD))).toBe("200");
  });

  it("leaves one that can as it is, and every session", async () => {
    await lift(ada.userId);

    expect(wordsOf(await login(system, ADA, GOOD_PASSWORD))).toBe("200");
    expect((await system.call("GET", "/api/v2/auth/session", { headers: ada.bearer })).status).toBe(200);
  });

  it("is told of with the reason, which the account does not see, nor who and where it was", async () => {
    await lift(ada.userId);
    await settled(system);

    const by = "key:deploy";
    expect(told("user.secondFactorDisabled")).toEqual([{ userId: ada.userId, by }]);
    expect(told("operator.acted")).toEqual([{ by, action: "liftSecondFactor", targets: [ada.userId], reason: REASON }]);
    const mail = system.mails.findLast(
      ({ to, subject }) => to === ADA && subject.startsWith("Two-step sign-in is off"),
    );
    expect(mail?.text).toContain("Lanyard has turned the second factor of your account off");
    const { text } = await system.call("GET", "/api/v2/auth/security-events", { headers: ada.bearer });
    expect(text).toContain('"type":"user.secondFactorDisabled"');
    for (const hidden of [REASON, "deploy", "198.51.100.9"]) {
      expect(mail?.text).not.toContain(hidden);
      expect(text).not.toContain(hidden);
    }
  });

  it("is answered the same when the request comes again under its key", async () => {
    const headers = { ...operator, "idempotency-key": randomUUID() };
    const path = `/api/v2/admin/users/${ada.userId}/second-factor`;
    const ask = () => system.call("DELETE", path, { headers, json: { reason: REASON } });

    expect([(await ask()).status, (await ask()).status]).toEqual([204, 204]);
    expect(wordsOf(await lift(ada.userId))).toBe("409 totp_not_set_up");
    expect(told("user.secondFactorDisabled")).toHaveLength(1);
  });

  it("has a reason, and somebody who has one", async () => {
    for (const json of [{}, { reason: "" }, { reason: "x".repeat(501) }, { reason: 7 }, { reason: "x", userId: "y" }]) {
      expect(wordsOf(await lift(ada.userId, json))).toBe("400 validation_failed");
    }
    for (const nobody of [randomUUID(), "nobody", (await signIn(system)).userId]) {
      expect(wordsOf(await lift(nobody))).toBe("404 user_not_found");
    }
    expect(waitingIn(await byLink())).toMatch(/^sf_/);
  });
});

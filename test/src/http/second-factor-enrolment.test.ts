import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { visitorWith } from "../support/merging.ts";
import { changePassword } from "../support/passwords.ts";
import {
  answered,
  claimsIn,
  type Enrolled,
  enrolled,
  nextCode,
  shownCode,
  steppedUp,
  waitingIn,
} from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { totpStepAt, wrongTotpCode } from "../support/virtual-authenticator.ts";
import { refresh, seenBy, signIn, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const MINUTE = 60_000;

let system: InProcessSystem;
let ada: Visitor;
beforeEach(async () => {
  system = await inProcessSystem();
  ada = await signInByMail(system, ADA);
});
afterEach(() => system.stop());

const post = (path: string, json: object, headers: Record<string, string> = ada.bearer): Promise<HttpAnswer> =>
  system.call("POST", `/api/v2/auth/2fa${path}`, { json, headers });
const turnOff = ({ bearer: headers }: Pick<Visitor, "bearer"> = ada) =>
  system.call("DELETE", "/api/v2/auth/2fa", { headers });
const asksSecond = { status: 403, body: { code: "step_up_required", factor: "second" } };
const asksFirst = { status: 403, body: { code: "step_up_required", factor: "first" } };

describe("turning a second factor on", () => {
  it("shows a secret with a QR code, black on white, that asks nobody for anything", async () => {
    const { status, body, headers } = await post("/setup", {});
    const { secret, otpauthUrl, qrSvg } = body as { secret: string; otpauthUrl: string; qrSvg: string };

    expect(status).toBe(200);
    expect(headers["cache-control"]).toContain("no-store");
    expect(otpauthUrl).toBe(
      `otpauth://totp/Lanyard:ada%40example.com?issuer=Lanyard&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    );
    expect(qrSvg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 (\d+) \1"/);
    expect(qrSvg).toContain('fill="#fff"');
    expect(qrSvg.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|<image|href/);
  });

  it("needs a code of it, and gives ten backup codes", async () => {
    const { secret } = (await post("/setup", {})).body as { secret: string };
    const wrong = await post("/enable", { code: wrongTotpCode(secret, totpStepAt(system.clock.now())) });
    expect(wordsOf(wrong)).toBe("401 totp_invalid");
    const { status, body } = await post("/enable", { code: shownCode(system, secret) });

    expect(status).toBe(200);
    expect((body as { backupCodes: string[] }).backupCodes).toHaveLength(10);
    expect(JSON.stringify(system.table("identity").dump())).not.toContain(secret);
  });

  it("is answered the same when the requests come again under their keys, though the factor is on by then", async () => {
    const key = (digit: number) => ({ ...ada.bearer, "idempotency-key": `again-${digit}-of-this-test` });
    const setUp = await post("/setup", {}, key(1));
    const { secret } = setUp.body as { secret: string };
    const enabled = await post("/enable", { code: shownCode(system, secret) }, key(2));
    const again = [await post("/setup", {}, key(1)), await post("/enable", { code: "123456" }, key(3))];

    expect((again[0] as HttpAnswer).text).toBe(setUp.text);
    expect(again[1]).toMatchObject(asksSecond);
    const { text } = await post("/enable", { code: shownCode(system, secret) }, key(2));
    expect([enabled.status, text]).toEqual([200, enabled.text]);
  });

  it("uses up the code that did it: no sign-in takes it", async () => {
    const { secret } = await enrolled(system, ada);
    const code = shownCode(system, secret);
    const { body } = await system.call("POST", "/api/v2/auth/otp", { json: { email: ADA } });
    await settled(system, ["token", "notification"], 10);
    const json = { ...(body as { challengeId: string }), code: signInMailTo(system.mails, ADA).code };
    const { challengeId } = json;
    const waits = await system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code: json.code } });
    expect(shownCode(system, secret)).toBe(code);

    expect(wordsOf(await answered(system, waitingIn(waits), code))).toBe("401 totp_invalid");
  });

  it("needs a sign-in of a short while ago", async () => {
    await system.clock.advance(14 * MINUTE);
    const fresh = tokensOf(await refresh(system, ada.refreshToken));
    expect((await post("/setup", {}, { authorization: `Bearer ${fresh.accessToken}` })).status).toBe(200);
    await system.clock.advance(MINUTE);
    const { accessToken } = tokensOf(await refresh(system, fresh.refreshToken));

    expect(await post("/setup", {}, { authorization: `Bearer ${accessToken}` })).toMatchObject(asksFirst);
    ada = await signInByMail(system, ADA);
    expect((await post("/setup", {})).status).toBe(200);
  });

  it("is for accounts alone", async () => {
    const visitor = await signIn(system);
    for (const [path, json] of [
      ["/setup", {}],
      ["/enable", { code: "123456" }],
      ["/step-up", { code: "123456" }],
      ["/backup-codes", {}],
    ] as const) {
      expect(wordsOf(await post(path, json, visitor.bearer))).toBe("403 account_required");
      expect((await post(path, json, { "x-user-id": visitor.userId })).status).toBe(401);
    }
    expect(wordsOf(await turnOff(visitor))).toBe("403 account_required");
  });
});

describe("an account with a second factor", () => {
  let factor: Enrolled;
  beforeEach(async () => {
    factor = await enrolled(system, ada);
  });
  const code = () => nextCode(system, factor.secret);

  it("proves it anew in a session, which says so in its tokens from then on", async () => {
    const answer = await post("/step-up", { code: await code() });
    const provenAt = Math.floor(system.clock.now() / 1000);
    const now = tokensOf(answer);

    expect(answer).toMatchObject({ status: 200, body: { user: { id: ada.userId }, session: { id: ada.sessionId } } });
    expect(claimsIn(now)).toMatchObject({ amr: ["email", "otp", "mfa"], second_factor_time: provenAt });
    expect(claimsIn(now)["auth_time"]).toBe(claimsIn(ada)["auth_time"]);
    await system.clock.advance(MINUTE);
    expect(claimsIn(tokensOf(await refresh(system, now.refreshToken)))).toMatchObject({ second_factor_time: provenAt });
  });

  it("turns it off, and makes backup codes anew, only when it was proven a short while ago", async () => {
    expect(await turnOff()).toMatchObject(asksSecond);
    expect(await post("/backup-codes", {})).toMatchObject(asksSecond);
    ada = await steppedUp(system, ada, await code());
    await system.clock.advance(15 * MINUTE);
    const { accessToken } = tokensOf(await refresh(system, ada.refreshToken));
    expect(await turnOff({ bearer: { authorization: `Bearer ${accessToken}` } })).toMatchObject(asksSecond);
    ada = await steppedUp(system, { ...ada, bearer: { authorization: `Bearer ${accessToken}` } }, await code());

    expect((await post("/backup-codes", {})).status).toBe(200);
    expect((await turnOff()).status).toBe(204);
    expect(await turnOff()).toMatchObject(asksFirst);
    const again = await signInByMail(system, ADA);
    expect(again.userId).toBe(ada.userId);
    expect(wordsOf(await turnOff(again))).toBe("409 totp_not_set_up");
  });

  it("is told so again when the request that turned it off comes again under its key", async () => {
    ada = await steppedUp(system, ada, await code());
    const headers = { ...ada.bearer, "idempotency-key": "turned-off-in-this-test" };
    const off = () => system.call("DELETE", "/api/v2/auth/2fa", { headers });
    expect((await off()).status).toBe(204);
    await system.clock.advance(9 * MINUTE);
    expect((await off()).status).toBe(204);
  });

  it("is asked for it before another is set up, and told that it has one", async () => {
    expect(await post("/setup", {})).toMatchObject(asksSecond);
    ada = await steppedUp(system, ada, await code());
    expect(wordsOf(await post("/setup", {}))).toBe("409 totp_already_enabled");
  });

  it("has the backup codes that were made last, each once", async () => {
    ada = await steppedUp(system, ada, factor.backupCodes[0] ?? "");
    expect(claimsIn(ada)["amr"]).toEqual(["email", "backup_code", "mfa"]);
    const { backupCodes } = (await post("/backup-codes", {})).body as { backupCodes: string[] };

    for (const spent of [factor.backupCodes[0], factor.backupCodes[1]]) {
      expect(wordsOf(await post("/step-up", { code: spent ?? "" }))).toBe("401 totp_invalid");
    }
    expect((await post("/step-up", { code: backupCodes[0]?.toLowerCase().replace("-", " ") ?? "" })).status).toBe(200);
    expect(wordsOf(await post("/step-up", { code: backupCodes[0] ?? "" }))).toBe("401 totp_invalid");
  });

  it("is asked for it before its password changes, and before its address does", async () => {
    expect(await changePassword(system, ada, { newPassword: "correct horse battery" })).toMatchObject(asksSecond);
    const patch = (json: object) => system.call("PATCH", "/api/v2/auth/me", { json, headers: ada.bearer });
    expect(await patch({ email: "ada@elsewhere.example.com" })).toMatchObject(asksSecond);
    expect((await patch({ displayName: "Ada" })).status).toBe(200);
    ada = await steppedUp(system, ada, await code());
    expect((await changePassword(system, ada, { newPassword: "correct horse battery" })).status).toBe(204);
  });

  it("keeps it on beside a password that cannot stand alone", async () => {
    ada = await steppedUp(system, ada, await code());
    expect((await changePassword(system, ada, { newPassword: "8 chars!" })).status).toBe(204);

    expect(await turnOff()).toMatchObject({
      status: 422,
      body: { code: "password_too_weak", reason: "short_without_second_factor", minLength: 15 },
    });
  });

  it("cannot prove it in a session that has ended", async () => {
    await system.call("POST", "/api/v2/auth/logout", { headers: ada.bearer });
    expect(wordsOf(await post("/step-up", { code: await code() }))).toBe("403 session_revoked logout");
  });

  it("continues the visitor for whom the sign-in was asked, once the second factor is proven", async () => {
    const visitor = await visitorWith(system, "of the visitor");
    const json = { email: ADA, anonymous: { accessToken: visitor.accessToken } };
    await system.call("POST", "/api/v2/auth/magic-link", { json });
    await settled(system);
    const { token } = signInMailTo(system.mails, ADA);
    const waits = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token } });
    await settled(system);
    expect(await seenBy(system, visitor.bearer)).not.toContain("403");
    const answer = await answered(system, waitingIn(waits), await code());
    await settled(system);

    expect(answer).toMatchObject({ status: 200, body: { merge: { operationId: expect.stringMatching(/^op_/) } } });
    const { body } = await system.call("GET", "/api/v2/data/configuration", {
      headers: { authorization: `Bearer ${tokensOf(answer).accessToken}` },
    });
    expect(body).toMatchObject({ items: [{ name: "of the visitor" }] });
  });
});

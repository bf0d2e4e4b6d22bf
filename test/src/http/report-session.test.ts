import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { makeReportToken } from "@lanyard/session-manager";
import { signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessGateway, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { GOOD_PASSWORD, login, registered, signedInBy } from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import type { Visitor } from "../support/visitor.ts";

const ada = "ada@example.com";
const REPORT = "/api/v2/auth/sessions/report";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const away = { "user-agent": safari, "x-forwarded-for": "198.51.100.2" };

let system: InProcessSystem;
let home: Visitor;
let strange: Visitor;
afterEach(() => system.stop());

/** An account at home, and a sign-in to it from elsewhere, of which its owner is told by mail. */
async function begin(): Promise<string> {
  system = await inProcessSystem({ gateways: 2, settings: { trustedProxies: ["127.0.0.1"] } });
  home = await signInByMail(system, ada, { "x-forwarded-for": "198.51.100.1" });
  strange = await signInByMail(system, ada, away);
  await settled(system);
  return tokenInMail();
}
const tokenInMail = (): string => {
  const mail = system.mails.findLast(({ to, text }) => to === ada && text.includes("/auth/not-me#token="));
  const token = /\/auth\/not-me#token=(\S+)/.exec(mail?.text ?? "")?.[1];
  if (token === undefined) throw new Error("nobody was told");
  return token;
};
const report = (token: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  system.whileTimePasses(system.call("POST", REPORT, { json: { token, ...body }, headers }));
const asked = (token: string) => system.call("GET", REPORT, { headers: { "x-link-token": token } });
const stands = async ({ bearer }: Visitor, gateway: Pick<InProcessGateway, "call"> = system): Promise<number> =>
  (await gateway.call("GET", "/api/v2/auth/session", { headers: bearer })).status;
const codeOf = ({ body }: HttpAnswer): unknown => (body as { code?: string }).code;

describe("the sign-in that a mail asks about", () => {
  it("is named to whoever holds the link, without its address, and nothing comes of asking", async () => {
    const token = await begin();
    const { status, body } = await asked(token);
    expect(status).toBe(200);
    expect(body).toEqual({
      openedAt: expect.any(String),
      method: "magic_link",
      country: "FR",
      os: "iOS",
      browser: "Safari",
      device: "mobile",
      risk: { reasons: ["new_device", "new_country"] },
    });
    await settled(system);
    expect(await stands(strange)).toBe(200);
  });

  it("ends when it is reported, on every gateway within a second, and the others live on", async () => {
    const token = await begin();
    expect(await report(token)).toMatchObject({ status: 200, body: { endedAt: expect.any(String) } });

    await system.clock.advance(1000);
    for (const gateway of system.gateways) expect(await stands(strange, gateway)).toBe(403);
    for (const gateway of system.gateways) expect(await stands(home, gateway)).toBe(200);
  });

  it("takes all others along on request", async () => {
    const token = await begin();
    expect((await report(token, { others: true })).status).toBe(200);
    await system.clock.advance(1000);
    for (const gateway of system.gateways) {
      expect(await stands(strange, gateway)).toBe(403);
      expect(await stands(home, gateway)).toBe(403);
    }
  });

  it("can be reported once: whoever comes later is told so, and nothing more happens", async () => {
    const token = await begin();
    await report(token);
    const again = await report(token, { others: true });
    expect([again.status, codeOf(again)]).toEqual([409, "token_already_used"]);
    const read = await asked(token);
    expect([read.status, codeOf(read)]).toEqual([409, "token_already_used"]);
    await system.clock.advance(1000);
    expect(await stands(home)).toBe(200);
  });

  it("is reported by one of ten at once", async () => {
    const token = await begin();
    const answers = await Promise.all(Array.from({ length: 10 }, () => report(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
  });

  it("is answered the same again under one Idempotency-Key", async () => {
    const token = await begin();
    const headers = { "idempotency-key": randomUUID() };
    const first = await report(token, {}, headers);
    const second = await report(token, {}, headers);
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it("leaves a device that is known no more", async () => {
    const token = await begin();
    await report(token);
    await settled(system);
    const before = system.mails.length;
    await signInByMail(system, ada, away);
    await settled(system);
    const told = system.mails.slice(before).filter(({ text }) => text.includes("/auth/not-me#token="));
    expect(told).toHaveLength(1);
  });

  it("is none for a link that nobody sent, and none for one that is too old", async () => {
    const token = await begin();
    for (const wrong of ["", "nm_AAAA", `${token}A`, token.replace("nm_", "dv_")]) {
      if (wrong !== "") expect(codeOf(await report(wrong))).toBe("token_invalid");
      expect(codeOf(await asked(wrong))).toBe("token_invalid");
    }
    const nobodys = makeReportToken(system.derivation, { userId: randomUUID(), sessionId: randomUUID() });
    expect((await report(nobodys)).status).toBe(410);
    expect((await asked(nobodys)).status).toBe(410);
    expect(await stands(strange)).toBe(200);
  });
});

describe("whoever knows the password of a sign-in that is reported", () => {
  it.each(["session.report", "identity.suspendPassword", "session.endReported"])(
    "is out for good, though they sign in once more while %s is under way",
    async (type) => {
      system = await inProcessSystem({ gateways: 2, settings: { trustedProxies: ["127.0.0.1"] } });
      await registered(system, ada);
      strange = signedInBy(await login(system, ada, GOOD_PASSWORD, away));
      await settled(system);
      const held: (() => Promise<unknown>)[] = [];
      system.faults.loses = (queue, message) => {
        if (message.attributes["type"] !== type) return false;
        held.push(() => system.transport.send(queue, message));
        return true;
      };
      expect(await report(tokenInMail(), { others: true }, { prefer: "respond-async" })).toMatchObject({ status: 202 });
      await system.clock.advance(1000);
      expect(held).toHaveLength(1);
      const again = await login(system, ada, GOOD_PASSWORD, away);
      system.faults.loses = () => false;
      for (const send of held) await send();
      await system.clock.advance(2000);
      await settled(system);

      for (const gateway of system.gateways) {
        expect(await stands(strange, gateway)).toBe(403);
        if (again.status === 200) expect(await stands(signedInBy(again), gateway)).toBe(403);
      }
      expect(again.status).toBe(type === "session.endReported" ? 401 : 200);
      expect((await login(system, ada, GOOD_PASSWORD, away)).status).toBe(401);
    },
  );
});

describe("the page that mails about sign-ins lead to", () => {
  it.each(["en", "de"])("speaks %s, and lets nobody put anything in", async (language) => {
    await begin();
    const { status, headers, text } = await system.call("GET", "/auth/not-me", {
      headers: { "accept-language": language },
    });
    expect(status).toBe(200);
    expect(headers["content-language"]).toBe(language);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).toContain(`<html lang="${language}">`);
  });
});

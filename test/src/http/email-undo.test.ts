import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeEmailUndoToken, makeReportToken } from "@lanyard/session-manager";
import { signInByMail } from "../support/account.ts";
import { moveTo, undoTokenTo } from "../support/email-undo.ts";
import { type InProcessGateway, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  changePassword,
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  registered,
  reset,
  signedInBy,
} from "../support/passwords.ts";
import { enrolled, nextCode, waitingIn } from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { type Visitor, wordsOf } from "../support/visitor.ts";

const [ada, thief, other] = ["ada@example.com", "thief@example.com", "other@example.com"] as const;
const UNDO = "/api/v2/auth/email-changes/undo";
const DAY = 24 * 3600_000;
const OUT = "403 session_revoked email_change_undone";

let system: InProcessSystem;
let owner: Visitor;
let thiefs: Visitor;
let token: string;
afterEach(() => system.stop());

/** A thief who knows the password signs in to an account, changes that, and then its address. */
beforeEach(async () => {
  system = await inProcessSystem({ gateways: 2 });
  owner = await registered(system, ada);
  thiefs = signedInBy(await login(system, ada, GOOD_PASSWORD));
  await changePassword(system, thiefs, { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD });
  await moveTo(system, thiefs, thief);
  token = undoTokenTo(system.mails, ada) ?? "";
});

const undo = (shown = token, headers: Readonly<Record<string, string>> = {}) =>
  system.whileTimePasses(system.call("POST", UNDO, { json: { token: shown }, headers }));
const look = (shown = token) => system.call("GET", UNDO, { headers: { "x-link-token": shown } });
const stands = async ({ bearer }: Visitor, gateway: Pick<InProcessGateway, "call"> = system): Promise<string> =>
  wordsOf(await gateway.call("GET", "/api/v2/auth/session", { headers: bearer }));
/** Has the change be as old as a link is good for. */
async function weeksAgo(): Promise<void> {
  const identity = system.table("identity");
  const key = identity.dump().find(({ key: { sk } }) => sk.startsWith("email-change#"))?.key;
  const current = key && (await identity.load(key));
  if (current === undefined) throw new Error("nothing was changed");
  const at = new Date(system.clock.now() - 7 * DAY).toISOString();
  await identity.replace(current, { ...current.value, at }, { writtenBy: "test" });
}
const emailOf = () =>
  system
    .table("identity")
    .dump()
    .find(({ key }) => key.pk === `user#${owner.userId}` && key.sk === "profile")?.value["email"];

describe("an account whose address a thief has changed", () => {
  it("is its owner's again by the mail to the old address, and the thief is out", async () => {
    const answer = await undo();
    expect(answer).toMatchObject({
      status: 200,
      body: { restoredAt: expect.any(String), passwordReset: { operationId: expect.stringMatching(/^op_/) } },
    });
    expect(Object.keys(answer.body as object).toSorted()).toEqual(["passwordReset", "restoredAt"]);
    expect(answer.text).not.toContain("@");
    expect(await stands(thiefs)).toBe(OUT);
    await system.clock.advance(1000);
    for (const gateway of system.gateways) expect(await stands(thiefs, gateway)).toBe(OUT);
    expect((await login(system, ada, OTHER_PASSWORD)).status).toBe(401);
    expect((await login(system, thief, OTHER_PASSWORD)).status).toBe(401);
    expect((await signInByMail(system, thief)).userId).not.toBe(owner.userId);

    await settled(system);
    await system.clock.advance(2000);
    const mailed = signInMailTo(system.mails, ada);
    expect(mailed.token).toMatch(/^pr_/);
    expect((await reset(system, mailed.token, "quiet green lantern")).status).toBe(204);
    expect(signedInBy(await login(system, ada, "quiet green lantern")).userId).toBe(owner.userId);
  });

  it("tells the address that it loses by this, without a link and without saying from where", async () => {
    const headers = { "x-forwarded-for": "198.51.100.77" };
    await undo(token, headers);
    await settled(system);

    expect(undoTokenTo(system.mails, thief)).toBeUndefined();
    const told = system.mails.findLast(({ to, text }) => to === thief && text.includes("was taken back"));
    expect(told?.text).toBeDefined();
    expect(told?.text).not.toMatch(/From:|198\.51\.100\.77|127\.0\.0\.1|ada@example\.com/);
  });

  it("is not had back by the thief, who changes it once more before: that link is void with the first", async () => {
    await moveTo(system, thiefs, other);
    const second = undoTokenTo(system.mails, thief) ?? "";
    expect(wordsOf(await look(second))).toBe("200");
    expect(wordsOf(await undo())).toBe("200");

    expect(wordsOf(await look(second))).toBe("409 token_already_used");
    expect(wordsOf(await undo(second))).toBe("409 token_already_used");
    expect(emailOf()).toBe(ada);
  });

  it("is its owner's again also when the thief undoes his own change in the same moment", async () => {
    await moveTo(system, thiefs, other);
    const second = undoTokenTo(system.mails, thief) ?? "";
    const [owners] = await Promise.all([undo(), undo(second), undo(second)]);

    expect(wordsOf(owners)).toBe("200");
    expect(emailOf()).toBe(ada);
    expect(await stands(thiefs)).toBe(OUT);
  });

  it("does not change again by a link that the thief has asked for before", async () => {
    await system.call("PATCH", "/api/v2/auth/me", { json: { email: other }, headers: thiefs.bearer });
    await settled(system);
    const pending = signInMailTo(system.mails, other).token;
    await undo();
    await system.clock.advance(2000);

    const confirmed = await system.call("POST", "/api/v2/auth/email-changes/verify", { json: { token: pending } });
    expect(wordsOf(confirmed)).toBe("400 token_invalid");
    expect(emailOf()).toBe(ada);
  });

  it("is opened by no sign-in of the thief that waited for a second factor meanwhile", async () => {
    const { secret } = await enrolled(system, thiefs);
    await system.clock.advance(60_000);
    await system.call("POST", "/api/v2/auth/magic-link", { json: { email: thief } });
    await settled(system);
    const link = signInMailTo(system.mails, thief).token;
    const challengeId = waitingIn(
      await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token: link } }),
    );
    await undo();
    await system.clock.advance(2000);

    const json = { challengeId, code: await nextCode(system, secret) };
    expect(wordsOf(await system.call("POST", "/api/v2/auth/2fa/verify", { json }))).toBe("410 second_factor_expired");
  });
});

describe("the undoing of a change", () => {
  it("happens once, of ten at once, and the same again under its key", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const answers = await Promise.all([undo(token, headers), ...Array.from({ length: 9 }, () => undo())]);
    expect(answers.map(wordsOf).toSorted()).toEqual(["200", ...Array(9).fill("409 token_already_used")]);
    const [first] = answers;
    const replay = await undo(token, headers);
    expect([replay.status, replay.text]).toEqual([first?.status, first?.text]);
    await settled(system);
    const resets = system.mails.filter(({ to, text }) => to === ada && text.includes("token=pr_"));
    expect(resets).toHaveLength(1);
  });

  it("is said to be possible for a week, by looking at it, which changes nothing", async () => {
    const { status, body } = await look();
    expect([status, body]).toEqual([200, { changedAt: expect.any(String), expiresAt: expect.any(String) }]);
    const { changedAt, expiresAt } = body as Record<string, string>;
    expect(Date.parse(String(expiresAt)) - Date.parse(String(changedAt))).toBe(7 * DAY);
    expect(emailOf()).toBe(thief);
    expect(await stands(thiefs)).toBe("200");

    await weeksAgo();
    expect(wordsOf(await look())).toBe("410 token_expired");
    expect(wordsOf(await undo())).toBe("410 token_expired");
    expect(emailOf()).toBe(thief);
  });

  it("is refused while another account carries the old address, and possible once that has another", async () => {
    const second = await signInByMail(system, ada);
    expect(second.userId).not.toBe(owner.userId);
    expect(wordsOf(await undo())).toBe("409 email_already_exists");
    expect(await stands(thiefs)).toBe("200");

    await moveTo(system, second, other);
    expect(wordsOf(await undo())).toBe("200");
    expect(emailOf()).toBe(ada);
  });

  it("takes no link that nobody sent", async () => {
    const { userId } = owner;
    const changeId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
    const session = makeReportToken(system.derivation, owner);
    for (const wrong of ["x", "eu_AAAA", `${token}A`, token.replace("eu_", "nm_"), session, `eu_${session.slice(3)}`]) {
      expect(wordsOf(await undo(wrong))).toBe("400 token_invalid");
      expect(wordsOf(await look(wrong))).toBe("400 token_invalid");
    }
    const nobodys = makeEmailUndoToken(system.derivation, { userId, changeId });
    expect(wordsOf(await undo(nobodys))).toBe("410 token_expired");
    expect(wordsOf(await look(nobodys))).toBe("410 token_expired");
    expect(emailOf()).toBe(thief);
  });

  it("reaches no queue with a token that this deployment did not make", async () => {
    await system.stop();
    system = await inProcessSystem({ workers: [] });
    expect(wordsOf(await system.call("POST", UNDO, { json: { token: "eu_AAAA" } }))).toBe("400 token_invalid");
  });
});

describe("whoever reports a session after whose opening the address was changed", () => {
  it("is told so, and no link for a password is mailed to where the thief reads", async () => {
    const reported = makeReportToken(system.derivation, thiefs);
    const before = system.mails.length;
    const json = { token: reported, others: true, newPassword: true };
    const answer = await system.whileTimePasses(system.call("POST", "/api/v2/auth/sessions/report", { json }));
    await settled(system);

    expect(answer).toMatchObject({ status: 200, body: { endedAt: expect.any(String), isAddressNew: true } });
    expect(answer.body).not.toHaveProperty("passwordReset");
    expect(system.mails.slice(before).filter(({ text }) => text.includes("token=pr_"))).toEqual([]);
  });

  it("is mailed one when the address was changed before", async () => {
    await system.clock.advance(1000);
    const later = signedInBy(await login(system, thief, OTHER_PASSWORD));
    const json = { token: makeReportToken(system.derivation, later), newPassword: true };
    const answer = await system.whileTimePasses(system.call("POST", "/api/v2/auth/sessions/report", { json }));
    expect(answer).toMatchObject({ status: 200, body: { passwordReset: { operationId: expect.any(String) } } });
    expect(answer.body).not.toHaveProperty("isAddressNew");
  });
});

describe("the page that mails about a changed address lead to", () => {
  it.each(["en", "de"])("speaks %s, and lets nobody put anything in", async (language) => {
    const { status, headers, text } = await system.call("GET", "/auth/undo-email-change", {
      headers: { "accept-language": language },
    });
    expect(status).toBe(200);
    expect(headers["content-language"]).toBe(language);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).toContain(`<html lang="${language}">`);
    expect(emailOf()).toBe(thief);
  });
});

import { describe, expect, it } from "@jest/globals";
import { type EventMessage, followedQueues } from "@lanyard/contracts";
import { type Account, mailOfEvent } from "./mail-of-event.ts";

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const revocationId = "4f0d0e7c-be4c-8d9f-9a5b-000000000001";
const operationid = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const at = "2026-11-21T12:00:00.000Z";
const account: Account = { userId, userKind: "account", email: "ada@example.com", createdAt: at };
const event = (type: string, data: object = {}, id = "11111111-8b1f-8a6c-8d2e-3f4a5b6c7d8e"): EventMessage => ({
  specversion: "1.0",
  id,
  type,
  source: "lanyard/session",
  time: at,
  datacontenttype: "application/json",
  data: { userId, ...data },
  subject: userId,
  operationid,
  traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
});
const opened = (reasons: readonly string[] | undefined, userKind = "account") =>
  event("session.opened", { userKind, sessionId, method: "password", ...(reasons && { risk: { reasons } }) });

describe("the mail that an event asks for", () => {
  it.each([
    ["new-device", opened(["new_device"])],
    ["new-device", opened(["many_failures", "new_country"])],
    [undefined, opened(["many_failures"])],
    [undefined, opened(undefined)],
    [undefined, opened(["new_device"], "anonymous")],
    ["sessions-revoked", event("session.revoked", { sessionId, reason: "operator" })],
    [undefined, event("session.revoked", { sessionId, reason: "logout" })],
    [undefined, event("session.revoked", { sessionId, reason: "reported_by_user" })],
    ["sessions-revoked", event("session.voided", { userKind: "account", sessionId, revocationId })],
    [undefined, event("session.voided", { userKind: "anonymous", sessionId, revocationId })],
    ["token-theft", event("session.refreshReuseDetected", { sessionId })],
    ["password-set", event("user.passwordSet", { how: "changed" })],
    ["second-factor-on", event("user.secondFactorEnabled")],
    ["second-factor-off", event("user.secondFactorDisabled")],
    ["backup-codes-made", event("user.backupCodesMade")],
    ["backup-code-used", event("user.backupCodeUsed", { left: 3 })],
    [undefined, event("user.profileChanged")],
  ])("is %s", (template, asking) => {
    expect(mailOfEvent(asking, account)?.template).toBe(template);
    expect(mailOfEvent(asking, { ...account, userKind: "anonymous" })).toBeUndefined();
    expect(mailOfEvent(asking, undefined)).toBeUndefined();
  });

  it("asks about the session that was opened, and about no other", () => {
    expect(mailOfEvent(opened(["new_device"]), account)?.askedSession).toEqual({ userId, sessionId });
    const theft = event("session.refreshReuseDetected", { sessionId });
    expect(mailOfEvent(theft, account)).not.toHaveProperty("askedSession");
  });

  it("goes to the address that was left, by the operation that left it", () => {
    const change = { operationId: operationid, receivedAt: at, at, from: "old@example.com", to: "ada@example.com" };
    const other = { ...change, operationId: `op_${"1".repeat(32)}${"A".repeat(22)}`, from: "older@example.com" };
    const changed = event("user.emailChanged");
    expect(mailOfEvent(changed, { ...account, emailChanges: [other, change] })?.to).toBe("old@example.com");
    expect(mailOfEvent(changed, { ...account, emailChanges: [other] })).toBeUndefined();
  });

  it("goes there however many changes have followed, and asks about this one; of an undo it asks nothing", () => {
    const changed = event("user.emailChanged");
    const change = {
      userId,
      operationId: operationid,
      fromVersion: 0,
      at,
      from: "old@example.com",
      to: "new@example.com",
    };
    const undoes = `op_${"1".repeat(32)}${"A".repeat(22)}`;
    const told = mailOfEvent(changed, account, change);
    expect(told).toMatchObject({ to: "old@example.com", askedChange: { userId, changeId: operationid } });
    const undone = mailOfEvent(changed, account, { ...change, undoes });
    expect(undone).toMatchObject({ to: "old@example.com", template: "email-changed" });
    expect(undone).not.toHaveProperty("askedChange");
    expect(mailOfEvent(event("user.passwordSet"), account, change)).not.toHaveProperty("askedChange");
  });

  it("is the same for each copy of the event, and another for another event or user", () => {
    const idOf = (asking: EventMessage, of = account) => mailOfEvent(asking, of)?.mailId;
    const one = event("user.passwordSet");
    expect(idOf(one)).toBe(idOf(event("user.passwordSet")));
    expect(idOf(event("user.passwordSet", {}, revocationId))).not.toBe(idOf(one));
    expect(idOf(one, { ...account, userId: sessionId })).not.toBe(idOf(one));
  });

  it("is one for a revocation, however many sessions it has ended", () => {
    const ended = (id: string, of: string) =>
      mailOfEvent(event("session.voided", { userKind: "account", sessionId: id, revocationId: of }, id), account);
    expect(ended(sessionId, revocationId)?.mailId).toBe(ended(userId, revocationId)?.mailId);
    expect(ended(sessionId, userId)?.mailId).not.toBe(ended(sessionId, revocationId)?.mailId);
  });

  it("may be asked for by every event that comes to the queue, and by no other", () => {
    const types = followedQueues["security-mails"].events.map(({ type }) => type);
    const change = { operationId: operationid, receivedAt: at, at, from: "old@example.com", to: "ada@example.com" };
    const full = {
      userKind: "account",
      sessionId,
      revocationId,
      reason: "operator",
      risk: { reasons: ["new_device"] },
    };
    for (const type of types) {
      expect(mailOfEvent(event(type, full), { ...account, emailChanges: [change] })).toBeDefined();
    }
  });
});

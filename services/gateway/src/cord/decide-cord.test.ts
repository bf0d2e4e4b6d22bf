import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { CORD_WINDOW, type CordMessage, flows, type RevocationScope } from "@lanyard/contracts";
import { decideCord } from "./decide-cord.ts";
import { hashedUuid, readCordMessage } from "./read-cord-message.ts";

const publishedAt = Date.UTC(2026, 10, 21, 12);
const iso = (ms: number): string => new Date(ms).toISOString();
const id = "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90";
const userId = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
const message: CordMessage = {
  version: 1,
  id,
  scope: { kind: "all" },
  reason: "Signing key on a lost laptop",
  pulledBy: "on-call",
  pulledAt: iso(publishedAt),
};
const alarm = {
  AlarmName: "refresh-reuse",
  AlarmArn: "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:refresh-reuse",
  NewStateValue: "ALARM",
  NewStateReason: "Threshold Crossed: 1 datapoint [42.0]",
  StateChangeTime: "2026-11-21T12:00:00.000+0000",
};
const accounts: RevocationScope = { kind: "accounts" };
const decideFor = (published: unknown, alarmScope: RevocationScope | undefined) =>
  decideCord(readCordMessage(typeof published === "string" ? published : JSON.stringify(published)), publishedAt, {
    alarmScope,
    window: CORD_WINDOW,
  });
const decide = (published: unknown) => decideFor(published, accounts);
const refused = (why: string) => ({ kind: "refuse", why });
const enveloped = (published: unknown, Type = "Notification") => ({
  Type,
  MessageId: "3c1e",
  TopicArn: "arn:aws:sns:eu-central-1:123456789012:lanyard-andon-cord",
  Message: typeof published === "string" ? published : JSON.stringify(published),
  Timestamp: iso(publishedAt),
});

describe("a message on the topic of the andon cord", () => {
  it("pulls what it says", () => {
    const { version: _, id: revocationId, ...said } = message;

    expect(decide(message)).toEqual({ kind: "pull", pull: { ...said, revocationId } });
  });

  it.each([
    { kind: "all" },
    { kind: "user", userId },
    { kind: "anonymous" },
    { kind: "accounts" },
    { kind: "method", method: "magic_link" },
    { kind: "openedBefore", at: "2026-11-21T11:00:00.000Z" },
    { kind: "ipRange", cidr: "203.0.113.0/24" },
    { kind: "ipRange", cidr: "203.0.113.77/24" },
    { kind: "ipRange", cidr: "2001:db8::1/32" },
  ] as const)("may have any scope, also an address with host bits: %j", (scope) => {
    const decision = decide({ ...message, scope });

    expect(decision).toMatchObject({ kind: "pull", pull: { scope } });
    expect(flows.revokeInBulk.input.safeParse(decision.kind === "pull" && decision.pull).success).toBe(true);
  });

  it("is the same pull whichever case its ids are written in", () => {
    const shouted = { ...message, id: id.toUpperCase(), scope: { kind: "user", userId: userId.toUpperCase() } };

    expect(decide(shouted)).toMatchObject({
      kind: "pull",
      pull: { revocationId: id, scope: { kind: "user", userId } },
    });
  });

  it("says its time in any offset", () => {
    const pulledAt = "2026-11-21T14:00:00.123456+02:00";

    expect(decide({ ...message, pulledAt })).toMatchObject({ pull: { pulledAt: "2026-11-21T12:00:00.123Z" } });
  });

  it.each([
    ["pull", -15 * 60_000],
    ["too_old", -15 * 60_000 - 1],
    ["pull", 60_000],
    ["in_the_future", 60_000 + 1],
  ] as const)("is %s when it was pulled %d ms from when it was published", (expected, ms) => {
    const told = decide({ ...message, pulledAt: iso(publishedAt + ms) });

    expect(told).toEqual(expected === "pull" ? expect.objectContaining({ kind: "pull" }) : refused(expected));
  });

  it("ends no sessions that were opened before a time to come", () => {
    const openedBefore = (ms: number) => ({ ...message, scope: { kind: "openedBefore", at: iso(publishedAt + ms) } });

    expect(decide(openedBefore(60_000)).kind).toBe("pull");
    expect(decide(openedBefore(60_001))).toEqual(refused("in_the_future"));
    expect(decideFor(alarm, { kind: "openedBefore", at: iso(publishedAt + 60_001) })).toEqual(refused("in_the_future"));
  });

  it.each(["", "pull it!", "{", '{"version":1', "\u0000"])("is refused when it is no JSON: %j", (body) => {
    expect(decide(body)).toEqual(refused("not_json"));
  });

  it.each([
    ["null", null],
    ["a number", 7],
    ["a list", [message]],
    ["another version", { ...message, version: 2 }],
    ["no id", { ...message, id: undefined }],
    ["an id that is no UUID", { ...message, id: "urn:1" }],
    ["no scope", { ...message, scope: undefined }],
    ["an unknown scope", { ...message, scope: { kind: "everyone" } }],
    ["a scope with more than it has", { ...message, scope: { kind: "anonymous", userId } }],
    ["no network", { ...message, scope: { kind: "ipRange", cidr: "203.0.113.0" } }],
    ["a network of 33 bits", { ...message, scope: { kind: "ipRange", cidr: "203.0.113.0/33" } }],
    ["no reason", { ...message, reason: "" }],
    ["a reason without end", { ...message, reason: "x".repeat(501) }],
    ["nobody who pulled", { ...message, pulledBy: "" }],
    ["a name without end", { ...message, pulledBy: "x".repeat(201) }],
    ["a time without offset", { ...message, pulledAt: "2026-11-21T12:00:00" }],
    ["a time that is none", { ...message, pulledAt: "2026-02-30T12:00:00Z" }],
    ["a field that nobody knows", { ...message, dryRun: true }],
  ])("is refused when it is JSON of another form: %s", (_, published) => {
    expect(decide(published)).toEqual(refused("schema_invalid"));
  });
});

describe("a CloudWatch alarm on the topic", () => {
  it("pulls the scope of the configuration, under an id that follows from alarm and change of state", () => {
    const told = decide(alarm);

    expect(told).toEqual({
      kind: "pull",
      pull: {
        revocationId: hashedUuid(`${alarm.AlarmArn}\n${alarm.StateChangeTime}`),
        scope: accounts,
        reason: "refresh-reuse: Threshold Crossed: 1 datapoint [42.0]",
        pulledBy: "cloudwatch:refresh-reuse",
        pulledAt: iso(publishedAt),
      },
    });
    expect(decide({ ...alarm, NewStateReason: "in other words" })).toMatchObject({
      pull: { revocationId: told.kind === "pull" && told.pull.revocationId },
    });
  });

  it.each([{ AlarmArn: `${alarm.AlarmArn}2` }, { StateChangeTime: "2026-11-21T12:00:00.001+0000" }])(
    "is another pull when %j",
    (change) => {
      const [one, other] = [decide(alarm), decide({ ...alarm, ...change })];

      expect(one.kind === "pull" && one.pull.revocationId).not.toBe(other.kind === "pull" && other.pull.revocationId);
    },
  );

  it.each(["OK", "INSUFFICIENT_DATA"] as const)("pulls nothing in state %s, whatever else it says", (state) => {
    const told = { kind: "ignore", state };

    expect(decide({ ...alarm, NewStateValue: state })).toEqual(told);
    expect(decideFor({ ...alarm, NewStateValue: state }, undefined)).toEqual(told);
    expect(decide({ ...alarm, NewStateValue: state, StateChangeTime: "long ago" })).toEqual(told);
  });

  it("is refused when no scope is configured", () => {
    expect(decideFor(alarm, undefined)).toEqual(refused("alarm_scope_unset"));
  });

  it.each([
    ["2026-11-21T11:45:00.000+0000", "pull"],
    ["2026-11-21T13:45:00.000+0200", "pull"],
    ["2026-11-21T11:44:59.999+0000", "too_old"],
    ["2026-11-21T12:01:00.000Z", "pull"],
    ["2026-11-21T12:01:00.001+00:00", "in_the_future"],
    ["2026-11-21T12:00:00", "schema_invalid"],
    ["Sat, 21 Nov 2026 12:00:00 GMT", "schema_invalid"],
    ["2026-11-31T12:00:00.000+0000", "schema_invalid"],
    ["", "schema_invalid"],
  ])("that changed its state at %j: %s", (StateChangeTime, expected) => {
    const told = decide({ ...alarm, StateChangeTime });

    expect(told.kind === "refuse" ? told.why : told.kind).toBe(expected);
  });

  it("is told shortened, and never in half characters", () => {
    const told = decide({ ...alarm, AlarmName: "n".repeat(255), NewStateReason: "🔥".repeat(400) });
    const pull = told.kind === "pull" ? told.pull : undefined;

    expect(pull?.pulledBy).toBe(`cloudwatch:${"n".repeat(189)}`);
    expect(pull?.reason).toBe(`${"n".repeat(255)}: ${"🔥".repeat(121)}`);
    expect(flows.revokeInBulk.input.safeParse(pull).success).toBe(true);
  });

  it("has its name for a reason when it gives none", () => {
    expect(decide({ ...alarm, NewStateReason: undefined })).toMatchObject({ pull: { reason: "refresh-reuse" } });
  });

  it.each([
    ["an unknown state", { ...alarm, NewStateValue: "PANIC" }],
    ["no name", { ...alarm, AlarmName: "" }],
    ["no ARN", { ...alarm, AlarmArn: undefined }],
  ])("is refused with %s", (_, published) => {
    expect(decide(published)).toEqual(refused("schema_invalid"));
  });
});

describe("a message that came without raw delivery", () => {
  it("says the same", () => {
    expect(decide(enveloped(message))).toEqual(decide(message));
    expect(decide(enveloped(alarm))).toEqual(decide(alarm));
    expect(decide(enveloped("pull it!"))).toEqual(refused("not_json"));
    expect(decide(enveloped({}))).toEqual(refused("schema_invalid"));
  });

  it("is unwrapped once, and only when it is a notification", () => {
    expect(decide(enveloped(enveloped(message)))).toEqual(refused("schema_invalid"));
    expect(decide(enveloped(message, "SubscriptionConfirmation"))).toEqual(refused("schema_invalid"));
  });
});

describe("an id made of text", () => {
  it("is a UUID of version 8 whose other bits are the text's SHA-256", () => {
    const digest = createHash("sha256").update("text").digest("hex");
    const made = hashedUuid("text");

    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made.slice(0, 13).replace("-", "")).toBe(digest.slice(0, 12));
    expect(made.slice(-12)).toBe(digest.slice(20, 32));
  });
});

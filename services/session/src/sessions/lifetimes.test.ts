import { describe, expect, it } from "@jest/globals";
import { expiryAfterUse } from "./lifetimes.ts";
import { newSession } from "./new-session.ts";

const DAY_SECONDS = 24 * 3600;
const DAY = DAY_SECONDS * 1000;
const opened = Date.parse("2026-11-21T12:00:00.000Z");
const onDay = (days: number): string => new Date(opened + days * DAY).toISOString();
const lifetimes = {
  anonymousIdleSeconds: 20 * DAY_SECONDS,
  accountIdleSeconds: 30 * DAY_SECONDS,
  accountMaxSeconds: 90 * DAY_SECONDS,
};

describe("a session that is used", () => {
  it.each([
    ["anonymous", 0, 20],
    ["anonymous", 15, 35],
    ["anonymous", 1000, 1020],
    ["account", 0, 30],
    ["account", 59, 89],
    ["account", 60, 90],
    ["account", 61, 90],
    ["account", 89.999, 90],
  ] as const)("%s on day %d expires on day %d", (userKind, used, expires) => {
    const expiry = expiryAfterUse({ userKind, openedAt: onDay(0) }, opened + used * DAY, lifetimes);

    expect(new Date(expiry).toISOString()).toBe(onDay(expires));
  });
});

describe("a new session", () => {
  const open = (userKind: "anonymous" | "account", method: "anonymous" | "email_otp" | "magic_link") =>
    newSession({
      sessionId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
      userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
      userKind,
      method,
      jti: "2d8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f",
      client: { ip: "192.0.2.1" },
      pull: 7,
      now: opened,
      lifetimes,
    });

  it("lives as long as one that is used at its opening, and was not seen since", () => {
    expect(open("anonymous", "anonymous")).toMatchObject({
      openedAt: onDay(0),
      expiresAt: onDay(20),
      generation: 1,
      pull: 7,
    });
    expect(open("account", "email_otp")).toMatchObject({ openedAt: onDay(0), expiresAt: onDay(30) });
    expect(open("account", "email_otp")).not.toHaveProperty("lastSeenAt");
  });

  it.each([
    ["anonymous", []],
    ["email_otp", ["otp"]],
    ["magic_link", ["email"]],
  ] as const)("that was opened by %s says what that proves: %j", (method, amr) => {
    expect(open(method === "anonymous" ? "anonymous" : "account", method)).toMatchObject({ method, amr });
  });
});

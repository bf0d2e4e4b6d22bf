import { describe, expect, it } from "@jest/globals";
import type { Mail } from "../mail-store.ts";
import { decideEnd, decideRelease, decideSending, LEASE_MS } from "./decide-sending.ts";

const now = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(now + ms).toISOString();
const known = {
  mailId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d",
  template: "sign-in",
  operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
} as const;
const mail: Mail = { ...known, createdAt: at(-1000) };
const attempt = { attempt: "b", mail: known, usefulUntil: now + 1, now };
const inHand = (ms: number): Mail => ({ ...mail, sending: { attempt: "a", until: at(ms) } });
const sent: Mail = { ...mail, ended: { at: at(-1), how: "sent" } };

describe("a mail that is to be sent", () => {
  it("is taken in hand when it is new, and when nobody has it any more", () => {
    const sending = { attempt: "b", until: at(LEASE_MS) };
    expect(decideSending(undefined, attempt)).toEqual({ kind: "send", next: { ...known, createdAt: at(0), sending } });
    expect(decideSending(mail, attempt)).toEqual({ kind: "send", next: { ...mail, sending } });
    expect(decideSending(inHand(0), attempt)).toEqual({ kind: "send", next: { ...mail, sending } });
  });

  it("is left alone while another attempt may be sending it, also when it has expired", () => {
    expect(decideSending(inHand(1), attempt)).toEqual({ kind: "in-hand" });
    expect(decideSending(inHand(1), { ...attempt, usefulUntil: now })).toEqual({ kind: "in-hand" });
  });

  it("has ended when it has ended, before anything else is looked at", () => {
    expect(decideSending({ ...inHand(1), ended: { at: at(-1), how: "sent" } }, attempt)).toEqual({ kind: "ended" });
    expect(decideSending(sent, { ...attempt, usefulUntil: 0 })).toEqual({ kind: "ended" });
  });

  it("ends unsent at the moment that the last thing it says expires", () => {
    const ended = { at: at(0), how: "expired" };
    expect(decideSending(inHand(0), { ...attempt, usefulUntil: now })).toEqual({
      kind: "ended",
      next: { ...mail, ended },
    });
  });
});

describe("the end of a mail", () => {
  const rejected = { at: at(5), how: "rejected", smtpStatus: 550 } as const;

  it("takes it out of everybody's hand", () => {
    expect(decideEnd(inHand(1), rejected)).toEqual({ kind: "end", next: { ...mail, ended: rejected } });
  });

  it("is the first one", () => {
    expect(decideEnd(sent, rejected)).toEqual({ kind: "stands" });
  });
});

describe("giving a mail out of hand", () => {
  it("is for whoever has it", () => {
    expect(decideRelease(inHand(1), "a")).toEqual({ kind: "release", next: mail });
    expect(decideRelease(inHand(1), "b")).toEqual({ kind: "stands" });
    expect(decideRelease(mail, "a")).toEqual({ kind: "stands" });
  });
});

import { describe, expect, it } from "@jest/globals";
import type { RevocationScope } from "@lanyard/contracts";
import { isInScope, type PulledSession, type SignInAddress } from "./is-in-scope.ts";

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const noon = Date.parse("2026-11-21T12:00:00.000Z") / 1000;
const from = (ip: string): SignInAddress => ({ kind: "known", ip });
const session = (given: Partial<PulledSession> = {}): PulledSession => ({
  userId,
  userKind: "account",
  method: "magic_link",
  openedAtSeconds: noon,
  address: from("203.0.113.5"),
  ...given,
});
const openedBefore = (at: string): RevocationScope => ({ kind: "openedBefore", at });

describe("a scope", () => {
  it.each<[string, RevocationScope, Partial<PulledSession>, boolean]>([
    ["all names anyone", { kind: "all" }, {}, true],
    ["a user names that user", { kind: "user", userId }, {}, true],
    ["a user names no other", { kind: "user", userId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7e" }, {}, false],
    ["visitors names visitors", { kind: "anonymous" }, { userKind: "anonymous" }, true],
    ["visitors names no account", { kind: "anonymous" }, {}, false],
    ["accounts names accounts", { kind: "accounts" }, {}, true],
    ["accounts names no visitor", { kind: "accounts" }, { userKind: "anonymous" }, false],
    ["a method names who signed in by it", { kind: "method", method: "magic_link" }, {}, true],
    ["a method names nobody else", { kind: "method", method: "email_otp" }, {}, false],
    ["a method names who may have", { kind: "method", method: "email_otp" }, { method: undefined }, true],
    ["opened before names an earlier second", openedBefore("2026-11-21T12:00:01.000Z"), {}, true],
    ["opened before names no second that is as late", openedBefore("2026-11-21T12:00:00.000Z"), {}, false],
    ["opened before knows no parts of a second", openedBefore("2026-11-21T12:00:00.999Z"), {}, false],
    ["opened before names none of later", openedBefore("2026-11-21T11:59:59.999Z"), {}, false],
  ])("of %s", (_, scope, given, named) => {
    expect(isInScope(scope, session(given))).toBe(named);
  });
});

describe("a range of addresses", () => {
  it.each([
    ["203.0.113.0/24", "203.0.113.255", true],
    ["203.0.113.0/24", "203.0.114.0", false],
    ["203.0.113.77/24", "203.0.113.5", true],
    ["203.0.113.77/25", "203.0.113.128", false],
    ["203.0.113.7/32", "203.0.113.7", true],
    ["203.0.113.7/32", "203.0.113.6", false],
    ["128.0.0.0/1", "127.255.255.255", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["2001:db8:ffff::1/32", "2001:db8:1::1", true],
    ["2001:db8::/121", "2001:db8::80", false],
    ["2001:db8::1/128", "2001:0DB8:0::01", true],
    ["2001:db8::1/128", "2001:db8::2", false],
    // One address, two spellings.
    ["203.0.113.0/24", "::ffff:203.0.113.5", true],
    ["203.0.113.0/24", "::ffff:cb00:7105", true],
    ["203.0.113.0/24", "::ffff:203.0.114.5", false],
    ["::ffff:203.0.113.0/120", "203.0.113.5", true],
    ["::ffff:203.0.113.0/120", "203.0.114.5", false],
    ["::ffff:203.0.113.0/120", "::ffff:203.0.113.5", true],
    // Everybody; by IPv4 everybody who came by it.
    ["0.0.0.0/0", "198.51.100.1", true],
    ["203.0.113.77/0", "198.51.100.1", true],
    ["0.0.0.0/0", "::ffff:198.51.100.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "198.51.100.1", true],
    // What is no address cannot be told to be outside.
    ["203.0.113.0/24", "unknown", true],
    ["203.0.113.0/24", "", true],
    ["fe80::/10", "fe80::1%eth0", true],
  ])("%s, asked for %s: %s", (cidr, ip, named) => {
    expect(isInScope({ kind: "ipRange", cidr }, session({ address: from(ip) }))).toBe(named);
    expect(isInScope({ kind: "ipRange", cidr }, session({ address: from(ip) }))).toBe(named);
  });

  it("names a session of which nobody knows where it came from", () => {
    expect(isInScope({ kind: "ipRange", cidr: "203.0.113.0/24" }, session({ address: { kind: "unknown" } }))).toBe(
      true,
    );
  });

  it("leaves open what has not been read", () => {
    expect(isInScope({ kind: "ipRange", cidr: "203.0.113.0/24" }, session({ address: { kind: "not-read" } }))).toBe(
      "undecided",
    );
  });

  it("is told from others however many there are", () => {
    for (let network = 0; network < 2500; network += 1) {
      const cidr = `10.${network >> 8}.${network & 255}.0/24`;
      const ip = `10.${network >> 8}.${network & 255}.9`;
      expect(isInScope({ kind: "ipRange", cidr }, session({ address: from(ip) }))).toBe(true);
      expect(isInScope({ kind: "ipRange", cidr }, session({ address: from("11.0.0.1") }))).toBe(false);
    }
    expect(isInScope({ kind: "ipRange", cidr: "10.0.0.0/8" }, session({ address: from("10.200.0.1") }))).toBe(true);
    expect(isInScope({ kind: "ipRange", cidr: "10.0.0.0/24" }, session({ address: from("10.0.1.9") }))).toBe(false);
  });
});

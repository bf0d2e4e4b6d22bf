import { describe, expect, it } from "@jest/globals";
import type { RevocationScope } from "@lanyard/contracts";
import fc from "fast-check";
import { isInScope, type SignInAddress } from "./is-in-scope.ts";
import { PullIndex, type StampedSession } from "./pull-index.ts";

const userIds = ["0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d", "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7e"];
const methods = ["anonymous", "email_otp", "magic_link"] as const;
const noon = Date.parse("2026-11-21T12:00:00.000Z");
/** Half seconds around noon: some scopes lie within the second in which a session was opened. */
const moment = fc.integer({ min: -8, max: 8 }).map((half) => new Date(noon + half * 500).toISOString());

const scope: fc.Arbitrary<RevocationScope> = fc.oneof(
  fc.constantFrom<RevocationScope>({ kind: "all" }, { kind: "anonymous" }, { kind: "accounts" }),
  fc.constantFrom(...userIds).map((userId) => ({ kind: "user" as const, userId })),
  fc.constantFrom(...methods).map((method) => ({ kind: "method" as const, method })),
  moment.map((at) => ({ kind: "openedBefore" as const, at })),
  fc
    .constantFrom("203.0.113.0/24", "203.0.113.0/30", "2001:db8::/32", "0.0.0.0/0", "::/0")
    .map((cidr) => ({ kind: "ipRange" as const, cidr })),
);
const address: fc.Arbitrary<SignInAddress> = fc.oneof(
  fc
    .constantFrom("203.0.113.1", "203.0.113.9", "198.51.100.1", "2001:db8::1", "2001:db9::1", "::ffff:203.0.113.1")
    .map((ip) => ({ kind: "known" as const, ip })),
  fc.constantFrom<SignInAddress>({ kind: "unknown" }, { kind: "not-read" }),
);
const session: fc.Arbitrary<StampedSession> = fc.record({
  userId: fc.constantFrom(...userIds, "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7f"),
  userKind: fc.constantFrom("anonymous", "account"),
  method: fc.constantFrom(...methods, undefined),
  openedAtSeconds: fc.integer({ min: -4, max: 4 }).map((seconds) => noon / 1000 + seconds),
  address,
  stamp: fc.nat({ max: 14 }),
});
/** Numbers 1 to n, and an order in which they are noted, some of them more than once. */
const pulls = fc
  .array(scope, { maxLength: 14 })
  .map((scopes) => scopes.map((each, index) => ({ number: index + 1, scope: each })));
const noted = pulls.chain((all) =>
  fc.record({
    all: fc.constant(all),
    order: fc
      .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.shuffledSubarray(all))
      .map(([every, again]) => [...every, ...again]),
  }),
);

describe("the pulls that are in force", () => {
  it("void a session exactly when one with a higher number than its stamp names it, noted in any order and more than once", () => {
    fc.assert(
      fc.property(noted, fc.array(session, { minLength: 1, maxLength: 8 }), ({ all, order }, sessions) => {
        const index = new PullIndex();
        for (const pull of order) index.note(pull);
        expect(index.newest).toBe(all.length);
        for (const each of sessions) {
          const asked = all.filter(({ number }) => number > each.stamp);
          const voiding = asked.filter((pull) => isInScope(pull.scope, each) === true).map(({ number }) => number);
          const isOpen = asked.some((pull) => isInScope(pull.scope, each) === "undecided");
          const check = index.check(each);
          expect(check.kind).toBe(voiding.length > 0 ? "void" : isOpen ? "undecided" : "stands");
          if (check.kind === "void") expect(voiding).toContain(check.number);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("are none at first, and void nothing", () => {
    const index = new PullIndex();

    expect(index.newest).toBe(0);
    fc.assert(fc.property(session, (each) => expect(index.check({ ...each, stamp: 0 })).toEqual({ kind: "stands" })));
  });

  it("are asked only as far back as the session's stamp", () => {
    const index = new PullIndex();
    index.note({ number: 3, scope: { kind: "all" } });
    const [one] = fc.sample(session, 1);
    if (one === undefined) throw new Error("no sample");

    expect(index.check({ ...one, stamp: 2 })).toEqual({ kind: "void", number: 3 });
    expect(index.check({ ...one, stamp: 3 })).toEqual({ kind: "stands" });
  });
});

import { describe, expect, it } from "@jest/globals";
import { pulledBy, reason, revocationIdOf } from "../testing/pulls-under-test.ts";
import { at, operation } from "../testing/sessions-under-test.ts";
import { decideCandidate, decideEffect } from "./decide-number.ts";

const revocation = {
  revocationId: revocationIdOf(1),
  scope: { kind: "all" as const },
  reason,
  pulledBy,
  receivedAt: at(0),
  operationId: operation(1),
  candidate: 5,
};

describe("a candidate", () => {
  it("that another holds is followed by the first number that may be free", () => {
    expect(decideCandidate(revocation, { tried: 5, last: 5 })).toEqual({ ...revocation, candidate: 6 });
    expect(decideCandidate(revocation, { tried: 5, last: 9 })).toEqual({ ...revocation, candidate: 10 });
  });

  it("stays when it has moved on from what was tried: it may hold its number by now", () => {
    expect(decideCandidate(revocation, { tried: 4, last: 9 })).toBeUndefined();
  });

  it("stays when nobody holds it", () => {
    expect(decideCandidate(revocation, { tried: 5, last: 4 })).toBeUndefined();
  });
});

describe("a revocation", () => {
  it("is in force since its pull stands, and says so once", () => {
    const effective = decideEffect(revocation, { number: 5, at: at(1) });
    expect(effective).toEqual({ ...revocation, effective: { number: 5, at: at(1) } });
    if (effective === undefined) throw new Error("nothing is to be said");

    expect(decideEffect(effective, { number: 5, at: at(2) })).toBeUndefined();
  });
});

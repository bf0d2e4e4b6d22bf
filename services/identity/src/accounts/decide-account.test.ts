import { describe, expect, it } from "@jest/globals";
import type { EmailClaim } from "../account-store.ts";
import type { User } from "../user-store.ts";
import { type AccountState, decideAccount } from "./decide-account.ts";

const email = "ada@example.com";
const ownId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const otherId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const operationOf = (digit: string) => `op_${digit.repeat(32)}${"A".repeat(22)}`;
const wanted: EmailClaim = {
  email,
  userId: ownId,
  claimedAt: "2026-11-21T12:00:00.000Z",
  operationId: operationOf("1"),
};
const others: EmailClaim = {
  email,
  userId: otherId,
  claimedAt: "2026-11-20T12:00:00.000Z",
  operationId: operationOf("2"),
};
const account = ({ userId, claimedAt }: EmailClaim): User => ({
  userId,
  userKind: "account",
  email,
  createdAt: claimedAt,
});

const decide = (state: Partial<AccountState>) =>
  decideAccount(
    { claim: undefined, profile: undefined, counts: false, changes: false, own: undefined, ...state },
    wanted,
  );

describe("an address", () => {
  it("that nobody has claimed is claimed", () => {
    expect(decide({})).toEqual({ kind: "claim", next: wanted });
  });

  it("belongs to the account that its claim names", () => {
    const profile = account(others);
    expect(decide({ claim: others, profile, counts: true })).toEqual({
      kind: "found",
      user: profile,
      isOwn: false,
      since: others.claimedAt,
    });
  });

  it("whose claim counts no more is claimed anew", () => {
    const profile = { ...account(others), email: "eve@example.com" };
    expect(decide({ claim: others, profile })).toEqual({ kind: "claim", next: wanted });
  });
});

describe("the account of a claimant that got no further", () => {
  it.each([
    ["another's", others],
    ["one's own", wanted],
  ])("is made from the claim alone, whoever finds it missing: %s", (_, claim) => {
    expect(decide({ claim })).toEqual({
      kind: "complete",
      user: { userId: claim.userId, userKind: "account", email, createdAt: claim.claimedAt },
    });
  });
});

describe("an operation that made an account", () => {
  const own = account(wanted);
  const moved = { ...own, email: "eve@example.com" };
  const found = { kind: "found", isOwn: true, since: wanted.claimedAt };

  it.each([
    ["its claim stands", { claim: wanted, profile: own, counts: true, own }, own],
    ["the account has another address now", { claim: wanted, profile: moved, own: moved }, moved],
    ["the address is another's now", { claim: others, profile: account(others), counts: true, own: moved }, moved],
    ["the address is another's that was not made yet", { claim: others, own: moved }, moved],
  ])("is told of that one when it comes again: %s", (_, state, user) => {
    expect(decide(state)).toEqual({ ...found, user });
  });
});

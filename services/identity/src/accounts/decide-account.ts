import type { EmailClaim } from "../account-store.ts";
import type { User } from "../user-store.ts";

/** What stands for an address when an operation asks for its account. */
export interface AccountState {
  readonly claim: EmailClaim | undefined;
  /** The user that the claim names. */
  readonly profile: User | undefined;
  /** Whether that user carries the address: `claimCounts`. */
  readonly counts: boolean;
  /** The user at the id that this operation alone can derive; read after the claim, or it may have come to be in between. */
  readonly own: User | undefined;
}

export type AccountDecision =
  /** The account of the address. `isOwn`: this operation made it. `since`: when it came to carry the address. */
  | { readonly kind: "found"; readonly user: User; readonly isOwn: boolean; readonly since: string }
  /** Nobody has claimed the address, or the claim counts no more: `next` is to stand in its place. */
  | { readonly kind: "claim"; readonly next: EmailClaim }
  /** Who claimed it got no further: `user` is to be created, which whoever finds it missing makes alike. */
  | { readonly kind: "complete"; readonly user: User };

/**
 * Whose an address is. "Was it me?" comes first: an operation that made an account is told of that one for ever, whatever
 * has become of the address since.
 */
export function decideAccount({ claim, profile, counts, own }: AccountState, wanted: EmailClaim): AccountDecision {
  if (own !== undefined) return { kind: "found", user: own, isOwn: true, since: own.createdAt };
  if (claim === undefined) return { kind: "claim", next: wanted };
  if (profile === undefined) return { kind: "complete", user: accountOf(claim) };
  if (counts) return { kind: "found", user: profile, isOwn: false, since: claim.claimedAt };
  return { kind: "claim", next: wanted };
}

const accountOf = ({ userId, email, claimedAt }: EmailClaim): User => ({
  userId,
  userKind: "account",
  email,
  createdAt: claimedAt,
});

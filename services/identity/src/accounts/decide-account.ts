import type { EmailClaim } from "../account-store.ts";
import type { EmailChange } from "../email-undo-store.ts";
import type { User } from "../user-store.ts";

/** What stands for an address. */
export interface AddressState {
  readonly claim: EmailClaim | undefined;
  /** The user that the claim names. */
  readonly profile: User | undefined;
  /** Whether that user carries the address: `claimCounts`. */
  readonly counts: boolean;
  /** Whether that user is changing to it, and got no further: `claimChanges`. */
  readonly changes: boolean;
}

/** What stands for an address when an operation asks for its account. */
export interface AccountState extends AddressState {
  /** The user at the id that this operation alone can derive; read after the claim, or it may have come to be in between. */
  readonly own: User | undefined;
}

export type AccountDecision =
  /** The account of the address. `isOwn`: this operation made it. `since`: when it came to carry the address. */
  | { readonly kind: "found"; readonly user: User; readonly isOwn: boolean; readonly since: string }
  /** Nobody has claimed the address, or the claim counts no more: `next` is to stand in its place. */
  | { readonly kind: "claim"; readonly next: EmailClaim }
  | Completion;

/** Who claimed an address got no further. Whoever finds that does what is missing, and does it alike. */
export type Completion =
  /** `user` is to be created. */
  | { readonly kind: "complete"; readonly user: User }
  /** The user that the claim names is to become `user`, which carries the address; what it leaves is noted in `change` before. */
  | { readonly kind: "change"; readonly user: User; readonly change: EmailChange };

/** How many changes of its address an account remembers. */
const EMAIL_CHANGES_KEPT = 16;

/**
 * Whose an address is. "Was it me?" comes first: an operation that made an account is told of that one for ever, whatever
 * has become of the address since.
 */
export function decideAccount({ own, ...state }: AccountState, wanted: EmailClaim): AccountDecision {
  const { claim, profile, counts } = state;
  if (own !== undefined) return { kind: "found", user: own, isOwn: true, since: own.createdAt };
  if (claim === undefined) return { kind: "claim", next: wanted };
  if (profile !== undefined && counts) return { kind: "found", user: profile, isOwn: false, since: claim.claimedAt };
  return completionOf(state) ?? { kind: "claim", next: wanted };
}

/** What is missing of what a claim began; `undefined`: nothing, or it can come to nothing any more. */
export function completionOf({ claim, profile, changes }: AddressState): Completion | undefined {
  if (claim === undefined) return undefined;
  // Nobody's address is changed before there is an account.
  if (profile === undefined)
    return claim.change === undefined ? { kind: "complete", user: accountOf(claim) } : undefined;
  return changes ? changedTo(claim, profile) : undefined;
}

/** All of it follows from the claim, so that it is the same whoever writes it. */
function changedTo({ email: to, operationId, claimedAt: at, change }: EmailClaim, user: User): Completion {
  const { userId, emailVersion = 0, emailChanges = [], email: from = to } = user;
  const { receivedAt = at, undoes } = change ?? {};
  const entry = { operationId, receivedAt, at, from, to };
  return {
    kind: "change",
    change: { userId, operationId, fromVersion: emailVersion, at, from, to, ...(undoes !== undefined && { undoes }) },
    user: {
      ...user,
      email: to,
      emailVersion: emailVersion + 1,
      emailChanges: [...emailChanges, entry].slice(-EMAIL_CHANGES_KEPT),
      ...(undoes !== undefined && { emailRestored: { operationId, at } }),
    },
  };
}

const accountOf = ({ userId, email, claimedAt }: EmailClaim): User => ({
  userId,
  userKind: "account",
  email,
  createdAt: claimedAt,
});

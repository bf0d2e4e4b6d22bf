import type { User } from "../user-store.ts";

/** An operation that makes a visitor part of an account; `mergedAt` in ISO 8601. */
export interface VisitorClaim {
  readonly operationId: string;
  /** The account as it stands. */
  readonly account: User | undefined;
  readonly userId: string;
  readonly mergedAt: string;
}

export type ClaimDecision =
  | { readonly kind: "claim"; readonly user: User; readonly mergedAt: string }
  /** This operation has claimed it before. */
  | { readonly kind: "claimed-before"; readonly mergedAt: string }
  /** Another operation has, for the same account. */
  | { readonly kind: "joined"; readonly operationId: string }
  | { readonly kind: "already-merged" }
  /** One of the two is not what it should be. */
  | { readonly kind: "not-anonymous" };

/** Whose a visitor is: the first account's that asks, for good. */
export function decideClaim(
  visitor: User | undefined,
  { operationId, account, userId, mergedAt }: VisitorClaim,
): ClaimDecision {
  const claimedBy = visitor?.mergeOperationId;
  if (visitor?.mergedAt !== undefined && claimedBy === operationId) {
    return { kind: "claimed-before", mergedAt: visitor.mergedAt };
  }
  if (visitor?.userKind !== "anonymous") return { kind: "not-anonymous" };
  if (visitor.mergedTo !== undefined) {
    const isSame = visitor.mergedTo === userId && claimedBy !== undefined;
    return isSame ? { kind: "joined", operationId: claimedBy } : { kind: "already-merged" };
  }
  if (account?.userKind !== "account" || account.mergedTo !== undefined) return { kind: "not-anonymous" };
  const user = { ...visitor, mergedTo: userId, mergedAt, mergeOperationId: operationId };
  return { kind: "claim", user, mergedAt };
}

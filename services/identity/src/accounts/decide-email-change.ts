import type { EmailClaim } from "../account-store.ts";
import type { User } from "../user-store.ts";
import { type AddressState, type Completion, completionOf } from "./decide-account.ts";
import { isOvertaken } from "./is-overtaken.ts";

/** What stands when an account is to carry an address that was proven. */
export interface EmailChangeState extends AddressState {
  /** The account; read after the claim. */
  readonly user: User | undefined;
  /** Whether the change that this one is to undo is undone by another operation; read after the account. Default: it is not. */
  readonly isUndone?: boolean;
}

export interface WantedEmail {
  readonly userId: string;
  /** In its normal form. */
  readonly email: string;
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
  /** The operation whose change it takes back: that stands whatever was received later. Default: it is an ordinary one. */
  readonly undoes?: string;
}

export type EmailChangeDecision =
  /** This operation changed it, whatever the address is by now. */
  | { readonly kind: "changed"; readonly at: string }
  /** The account carried the address when this operation came, and another had made it so. */
  | { readonly kind: "carried"; readonly at: string }
  /** There is no account, or it changed its address by a request that was received later. */
  | { readonly kind: "superseded" }
  /** The address is another account's. */
  | { readonly kind: "taken" }
  /** `next` is to stand in place of the claim: from then on the address is this account's, unless it changes to another first. */
  | { readonly kind: "claim"; readonly next: EmailClaim }
  /** That it changes nothing is to be written down: the account is to become `user`. */
  | { readonly kind: "settle"; readonly user: User }
  | Completion;

/** How many requests that changed nothing an account remembers. */
const UNCHANGED_KEPT = 16;

/**
 * What comes next on the way of an account to a proven address: claim it, then change the account that the claim names. A
 * claim is put by compare-and-set, which decides between accounts; the account's own item decides between its changes, and
 * between copies of one: a refusal is written there, or the address might be free for the next copy. The change that was
 * received last stands in the end, in whatever order they are carried out.
 *
 * ```text
 * no claim, or one that counts for nobody ──► claimed, from version n ──► the account, at n + 1, carries the address
 *                                                   └─ the account is at n + 1 with another address: the claim counts for nobody
 * ```
 */
export function decideEmailChange(
  { user, isUndone = false, ...state }: EmailChangeState,
  { userId, email, operationId, receivedAt, undoes }: WantedEmail,
  now: string,
): EmailChangeDecision {
  const { emailVersion = 0, emailChanges = [], emailUnchanged = [] } = user ?? {};
  const own = emailChanges.find((change) => change.operationId === operationId);
  if (own !== undefined) return { kind: "changed", at: own.at };
  const settled = emailUnchanged.find((request) => request.operationId === operationId);
  if (settled !== undefined) return settled.why === "taken" ? { kind: "taken" } : { kind: "carried", at: settled.at };
  if (user?.userKind !== "account" || isUndone) return { kind: "superseded" };
  const isUndo = undoes !== undefined;
  // Who has lost the account's mail to its owner takes it back by nothing that was under way.
  if (!isUndo && isOvertaken(user, { receivedAt, now })) return { kind: "superseded" };
  const settles = (why: "taken" | "carried"): EmailChangeDecision => {
    const request = { operationId, receivedAt, at: now, why };
    const noted = { ...user, emailUnchanged: [...emailUnchanged, request].slice(-UNCHANGED_KEPT) };
    if (why === "taken") return { kind: "settle", user: noted };
    // To stay is a decision too: no change that began before it may be completed after it.
    const stays = { ...noted, emailVersion: emailVersion + 1 };
    return { kind: "settle", user: isUndo ? { ...stays, emailRestored: { operationId, at: now } } : stays };
  };
  const stands = [...emailChanges, ...emailUnchanged.filter(({ why }) => why === "carried")];
  const latest = stands.reduce((last, request) => (request.receivedAt > last ? request.receivedAt : last), receivedAt);
  if (!isUndo && latest > receivedAt) return { kind: "superseded" };
  if (user.email === email) return settles("carried");
  if (state.counts) return settles("taken");
  const change = { fromVersion: emailVersion, receivedAt: latest, ...(isUndo && { undoes }) };
  return completionOf(state) ?? { kind: "claim", next: { email, userId, claimedAt: now, operationId, change } };
}

import { foundAccountItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";
import type { EmailClaim } from "./account-store.ts";

/** What one operation has found at an address, whichever copy of its message looks. */
export interface FoundAccount {
  /** The account that was found, as far as it is known here. */
  readonly userId: string | undefined;
  /** Has it be this account. `false`: a copy has decided otherwise, or has written down that there was none; look anew. */
  is(userId: string): Promise<boolean>;
  /**
   * Writes down that the claim of this version (0: there is none) names no account, before another takes its place. `false`:
   * a copy has found an account, or has seen a later claim; look anew.
   */
  noneAt(claimVersion: number): Promise<boolean>;
}

type Found = ItemValue<typeof foundAccountItem>;

const KEPT_SECONDS = 2 * 24 * 3600;

/**
 * Of two copies of a message, one may have found an account before it moved to another address, and the other see none: that
 * one must not make a second. So whoever is to put a claim writes down first in whose place; whoever has found an account
 * writes that by compare-and-set on what stood here before it read the claim. A claim that names no account never comes to
 * name one again, so either the one sees the other's claim, or the other sees what the one has found.
 *
 * ```text
 * nothing ──► none at claim n ──► none at claim n + m ──► account      the last is for good
 *    └──────────────┴─────────────────────────────────────► account
 * ```
 */
export function foundAccount(
  identityTable: ItemStore,
  { operationId, claimedAt }: Pick<EmailClaim, "operationId" | "claimedAt">,
  { writtenBy }: { readonly writtenBy: string },
): FoundAccount {
  const items = typedItems(identityTable, foundAccountItem);
  const options = {
    writtenBy: `${writtenBy}/found`,
    ttlEpochSeconds: Math.floor(Date.parse(claimedAt) / 1000) + KEPT_SECONDS,
  };
  let standing: Stored<Found> | undefined;
  /** Copies write under one name, so that who has won is told by nothing but what stands. */
  const put = async (said: Omit<Found, "operationId">): Promise<void> => {
    const value = { operationId, ...said };
    const outcome =
      standing === undefined
        ? await items.putIfAbsent(value, [operationId], options)
        : await items.replace(standing, value, options);
    standing = outcome.stored;
  };
  const isNoneAt = (claimVersion: number): boolean => standing?.value.noneAtClaim === claimVersion;

  return {
    get userId() {
      return standing?.value.userId;
    },
    async is(userId) {
      await put({ userId });
      return standing?.value.userId === userId;
    },
    async noneAt(claimVersion) {
      for (;;) {
        if (isNoneAt(claimVersion)) return true;
        const { userId, noneAtClaim = -1 } = standing?.value ?? {};
        if (userId !== undefined || noneAtClaim > claimVersion) return false;
        await put({ noneAtClaim: claimVersion });
      }
    },
  };
}

import { type RevocationReason, revocationHeadItem, revocationItem, revocationShardOf } from "@lanyard/contracts";
import { type ItemStore, raiseHead, typedItems } from "@lanyard/storage";

const KEPT_SECONDS = 8 * 24 * 3600;

export interface Revocation {
  readonly sessionId: string;
  readonly reason: RevocationReason;
  /** ISO 8601. */
  readonly at: string;
}

/** The log of revoked sessions that every gateway follows. */
export interface RevocationLog {
  /**
   * Appends under the next number of the session's shard. Numbers have no gaps, because each is put if absent after the
   * one before it was seen: so a reader that has read up to a number can never miss an earlier one, whatever any clock
   * says. Done again (after a crash) it appends once more, which says the same twice.
   */
  append(revocation: Revocation, options: { readonly writtenBy: string }): Promise<void>;
}

export function revocationLog(sessionTable: ItemStore): RevocationLog {
  const heads = typedItems(sessionTable, revocationHeadItem);
  const entries = typedItems(sessionTable, revocationItem);
  return {
    async append(revocation, { writtenBy }) {
      const shard = revocationShardOf(revocation.sessionId);
      const ttlEpochSeconds = Math.floor(Date.parse(revocation.at) / 1000) + KEPT_SECONDS;
      let number = ((await heads.load(shard))?.value.last ?? 0) + 1;
      for (;;) {
        const entry = { number, ...revocation };
        const written = await entries.putIfAbsent(entry, [shard, number], { writtenBy, ttlEpochSeconds });
        if (written.kind !== "lost") break;
        number += 1;
      }
      await raiseHead(heads, [shard], number, writtenBy);
    },
  };
}

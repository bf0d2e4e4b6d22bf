import type { EmailChange, EmailUndo } from "../email-undo-store.ts";
import type { User } from "../user-store.ts";

export type EmailUndoDecision =
  /** This operation is to undo it: `next` is to stand, in place of one that has failed. */
  | { readonly kind: "undo"; readonly next: EmailUndo }
  /** This operation has begun to. */
  | { readonly kind: "begun"; readonly undo: EmailUndo }
  | {
      readonly kind: "refused";
      readonly code: "magic_link_invalid" | "magic_link_expired" | "token_already_used";
    };

/**
 * Whether a change of address is to be undone by an operation; `own` is the undo of it that stands. Once: and not at all when one
 * before it is undone, or whoever took the account by that one would have it back. An undo itself is undone by nobody, or both
 * sides could go on for ever.
 *
 * ```text
 * undone by nobody ──► the old address is back, the password suspended ──► every session ends ──► ended
 *    │                     └─ until then nothing else changes address or password, nor does ever what was received before
 *    └─ an earlier change is undone: this one with it, and its own link does nothing
 * ```
 */
export function decideEmailUndo(
  change: EmailChange,
  own: EmailUndo | undefined,
  {
    operationId,
    receivedAt,
    isUndone,
    undoSeconds,
  }: {
    readonly operationId: string;
    /** ISO 8601, on the time that all processes share. */
    readonly receivedAt: string;
    /** By itself or with one before it. */
    readonly isUndone: boolean;
    /** How long after it a change can be undone. */
    readonly undoSeconds: number;
  },
): EmailUndoDecision {
  const { userId, operationId: changeId, fromVersion } = change;
  if (own?.operationId === operationId) return { kind: "begun", undo: own };
  if (change.undoes !== undefined) return { kind: "refused", code: "magic_link_invalid" };
  if (isUndone) return { kind: "refused", code: "token_already_used" };
  if (Date.parse(receivedAt) >= Date.parse(change.at) + undoSeconds * 1000) {
    return { kind: "refused", code: "magic_link_expired" };
  }
  return { kind: "undo", next: { userId, changeId, fromVersion, operationId, at: receivedAt } };
}

export type UndoEndDecision =
  | { readonly kind: "end"; readonly user: User }
  | {
      readonly kind: "ended";
      readonly at: string;
      readonly version: number;
      readonly locale: User["locale"];
    }
  /** An earlier change was undone meanwhile, or there is no account. */
  | { readonly kind: "superseded" };

/** The end of an undo: from here on what was received before it is overtaken. `now` in ISO 8601. */
export function decideUndoEnd(user: User | undefined, operationId: string, now: string): UndoEndDecision {
  const { emailRestored: restored, emailVersion: version = 0, locale } = user ?? {};
  if (user === undefined || restored?.operationId !== operationId) return { kind: "superseded" };
  if (restored.ended !== undefined) return { kind: "ended", ...restored.ended, locale };
  return { kind: "end", user: { ...user, emailRestored: { ...restored, ended: { at: now, version } } } };
}

import type { Password } from "./password-store.ts";

/** A password that is to be an account's. */
export interface WantedPassword {
  readonly userId: string;
  readonly hash: string;
  readonly isShort: boolean;
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
  /**
   * `registered`: it counts if the account has none. `changed`: in place of `passwordVersion`, absent when it had none.
   * `reset`: in place of any, unless that was asked for later.
   */
  readonly how: "registered" | "changed" | "reset";
  readonly passwordVersion?: string | undefined;
  /** Of a reset: when its link was asked for, ISO 8601. A link that lies about takes nothing back that was set since. */
  readonly linkAskedAt?: string | undefined;
}

export type SetPasswordDecision =
  | { readonly kind: "set"; readonly next: Password; readonly at: string }
  /** This operation set it before, whatever it is by now. */
  | { readonly kind: "set-before"; readonly at: string }
  /** The one that it was to replace is not the account's any more, or it has one already. */
  | { readonly kind: "replaced" }
  /** One that was asked for later stands. */
  | { readonly kind: "superseded" }
  /** It cannot stand alone, and there is no second factor beside it. */
  | { readonly kind: "too-short" };

/** What becomes of an account's password. "Was it me?" comes first: a message that comes again changes nothing back. */
export function decideSetPassword(
  current: Password | undefined,
  wanted: WantedPassword,
  {
    now,
    hasSecondFactor,
    changesKept,
  }: { readonly now: string; readonly hasSecondFactor: boolean; readonly changesKept: number },
): SetPasswordDecision {
  const { userId, hash, isShort, operationId, receivedAt } = wanted;
  const own = current?.changes.find((change) => change.operationId === operationId);
  if (own !== undefined) return { kind: "set-before", at: own.at };
  switch (wanted.how) {
    case "registered":
      if (current !== undefined) return { kind: "replaced" };
      break;
    case "changed":
      if (current?.setBy !== wanted.passwordVersion) return { kind: "replaced" };
      break;
    case "reset":
      if (current !== undefined && current.receivedAt > (wanted.linkAskedAt ?? receivedAt))
        return { kind: "superseded" };
      break;
  }
  if (isShort && !hasSecondFactor) return { kind: "too-short" };
  const changes = [...(current?.changes ?? []), { operationId, receivedAt, at: now }].slice(-changesKept);
  return { kind: "set", at: now, next: { userId, hash, isShort, setBy: operationId, setAt: now, receivedAt, changes } };
}

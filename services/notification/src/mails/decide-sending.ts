import type { Mail } from "../mail-store.ts";

/** How long one attempt may take before another worker may begin its own. */
export const LEASE_MS = 60_000;

/** One worker's try at one mail. */
export interface Attempt {
  /** A name that no other attempt has. */
  readonly attempt: string;
  readonly mail: Pick<Mail, "mailId" | "template" | "operationId">;
  /** When the last thing that the mail says expires; milliseconds since the epoch. */
  readonly usefulUntil: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type SendingDecision =
  /** It has ended, now or before: what is told of it follows from the item. */
  | { readonly kind: "ended"; readonly next?: Mail }
  /** Another attempt may be sending it at this moment. */
  | { readonly kind: "in-hand" }
  | { readonly kind: "send"; readonly next: Mail };

/** Asks "has it ended?" first: whoever comes back after the end sends nothing. */
export function decideSending(
  current: Mail | undefined,
  { attempt, mail, usefulUntil, now }: Attempt,
): SendingDecision {
  if (current?.ended !== undefined) return { kind: "ended" };
  if (current?.sending !== undefined && now < Date.parse(current.sending.until)) return { kind: "in-hand" };
  const at = iso(now);
  const { sending: _taken, ...known } = current ?? { ...mail, createdAt: at };
  if (now >= usefulUntil) return { kind: "ended", next: { ...known, ended: { at, how: "expired" } } };
  return { kind: "send", next: { ...known, sending: { attempt, until: iso(now + LEASE_MS) } } };
}

export type EndDecision = { readonly kind: "end"; readonly next: Mail } | { readonly kind: "stands" };

/** The first end stays. A lease that has passed to another is no obstacle: what the server said is a fact. */
export function decideEnd(current: Mail, ended: NonNullable<Mail["ended"]>): EndDecision {
  if (current.ended !== undefined) return { kind: "stands" };
  const { sending: _taken, ...known } = current;
  return { kind: "end", next: { ...known, ended } };
}

export type ReleaseDecision = { readonly kind: "release"; readonly next: Mail } | { readonly kind: "stands" };

/** Gives up one's own lease, and nobody else's. */
export function decideRelease(current: Mail, attempt: string): ReleaseDecision {
  if (current.sending?.attempt !== attempt) return { kind: "stands" };
  const { sending: _taken, ...known } = current;
  return { kind: "release", next: known };
}

const iso = (time: number): string => new Date(time).toISOString();

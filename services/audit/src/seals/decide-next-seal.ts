/** Which seal is to be made next, if any. Hours are as `2026-11-21T12`, and sort as text. */
export type NextSeal =
  | { readonly kind: "seal"; readonly hour: string; readonly previous: string | undefined }
  | { readonly kind: "wait" }
  /** A seal that this process has seen is gone: what follows would hide that. */
  | { readonly kind: "cut off"; readonly seen: string };

export interface SealsThatStand {
  /** The first hour that is sealed at all. */
  readonly begin: string;
  readonly newest: { readonly hour: string; readonly mac: string } | undefined;
  /** The newest hour whose seal this process has ever seen. */
  readonly seen: string | undefined;
  /** The newest hour that was over a grace ago. */
  readonly newestDue: string;
}

/**
 * One hour after the other, none left out, so that a missing seal is a finding also when its hour was empty.
 *
 *     begin ── sealed ── sealed ── newest ── due ── due ── newestDue ── grace ── now
 *                                            ▲ next, bound to `newest`
 */
export function decideNextSeal(
  { begin, newest, seen, newestDue }: SealsThatStand,
  hourAfter: (hour: string) => string,
): NextSeal {
  if (seen !== undefined && (newest === undefined || newest.hour < seen)) return { kind: "cut off", seen };
  const hour = newest === undefined ? begin : hourAfter(newest.hour);
  if (hour > newestDue) return { kind: "wait" };
  return { kind: "seal", hour, previous: newest?.mac };
}

import type { Pull } from "@lanyard/session-manager";
import type { BulkRevocation } from "./bulk-revocation-store.ts";

/**
 * Where a revocation goes on whose candidate another holds, or has held: at the next number that may be free. `undefined`: it
 * has moved on from there, maybe to a number that it holds by now.
 */
export function decideCandidate(
  revocation: BulkRevocation,
  { tried, last }: { readonly tried: number; readonly last: number },
): BulkRevocation | undefined {
  if (revocation.candidate !== tried || last < tried) return undefined;
  return { ...revocation, candidate: last + 1 };
}

/** What says that a pull stands, since when, and under which number; `undefined`: that is said. */
export function decideEffect(
  revocation: BulkRevocation,
  { number, at }: Pick<Pull, "number" | "at">,
): BulkRevocation | undefined {
  if (revocation.effective !== undefined) return undefined;
  return { ...revocation, effective: { number, at } };
}

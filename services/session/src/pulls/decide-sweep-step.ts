import type { BulkRevocation } from "./bulk-revocation-store.ts";

type Sweep = NonNullable<BulkRevocation["sweep"]>;

/** What a step has found and done. */
export interface SweepPage {
  /** Where the next step goes on; `undefined`: there is none. */
  readonly next: string | undefined;
  readonly matched: number;
  readonly swept: number;
  /** ISO 8601. */
  readonly at: string;
}

export type SweepStepDecision =
  /** It is this step's turn. */
  | { readonly kind: "sweep"; readonly after: string | undefined }
  /** It was carried out, and its successor may never have been sent: its turn is next. */
  | { readonly kind: "next"; readonly step: number }
  /** It was the last. */
  | { readonly kind: "done"; readonly matched: number; readonly swept: number; readonly at: string }
  /** Its successor was carried out: whatever has to follow from here does. */
  | { readonly kind: "superseded" };

/** What has to be done about the message of a step, by the steps that are done. */
export function decideSweepStep(sweep: Sweep | undefined, step: number): SweepStepDecision {
  const stepsDone = sweep?.step ?? 0;
  if (step === stepsDone) return { kind: "sweep", after: sweep?.after };
  if (step > stepsDone) throw new Error("a step of a sweep has come before its turn");
  if (step + 1 < stepsDone || sweep === undefined) return { kind: "superseded" };
  const { matched, swept, doneAt } = sweep;
  return doneAt === undefined ? { kind: "next", step: step + 1 } : { kind: "done", matched, swept, at: doneAt };
}

/** How far the sweep is after one more step. */
export function advanced(sweep: Sweep | undefined, { next, matched, swept, at }: SweepPage): Sweep {
  return {
    step: (sweep?.step ?? 0) + 1,
    matched: (sweep?.matched ?? 0) + matched,
    swept: (sweep?.swept ?? 0) + swept,
    ...(next === undefined ? { doneAt: at } : { after: next }),
  };
}

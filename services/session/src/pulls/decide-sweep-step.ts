import type { BulkRevocation } from "./bulk-revocation-store.ts";

type Sweep = NonNullable<BulkRevocation["sweep"]>;

/** A session that a step has marked. */
export type VoidedSession = NonNullable<Sweep["told"]>[number];

/** What a step has found and done. */
export interface SweepPage {
  /** Where the next step goes on; `undefined`: there is none. */
  readonly next: string | undefined;
  readonly matched: number;
  readonly swept: number;
  /** Those whose item says that this pull has ended them, whichever run wrote it. */
  readonly told: readonly VoidedSession[];
  /** ISO 8601. */
  readonly at: string;
}

export type SweepStepDecision =
  /** It is this step's turn. */
  | { readonly kind: "sweep"; readonly after: string | undefined }
  /** It was carried out, and its successor may never have been sent: its turn is next. */
  | { readonly kind: "next"; readonly step: number; readonly told: readonly VoidedSession[] }
  /** It was the last. */
  | {
      readonly kind: "done";
      readonly matched: number;
      readonly swept: number;
      readonly at: string;
      readonly told: readonly VoidedSession[];
    }
  /** Its successor was carried out: whatever has to follow from here does. */
  | { readonly kind: "superseded" };

/** What has to be done about the message of a step, by the steps that are done. */
export function decideSweepStep(sweep: Sweep | undefined, step: number): SweepStepDecision {
  const stepsDone = sweep?.step ?? 0;
  if (step === stepsDone) return { kind: "sweep", after: sweep?.after };
  if (step > stepsDone) throw new Error("a step of a sweep has come before its turn");
  if (step + 1 < stepsDone || sweep === undefined) return { kind: "superseded" };
  const { matched, swept, doneAt, told = [] } = sweep;
  return doneAt === undefined
    ? { kind: "next", step: step + 1, told }
    : { kind: "done", matched, swept, at: doneAt, told };
}

/** How far the sweep is after one more step. */
export function advanced(sweep: Sweep | undefined, { next, matched, swept, told, at }: SweepPage): Sweep {
  return {
    step: (sweep?.step ?? 0) + 1,
    matched: (sweep?.matched ?? 0) + matched,
    swept: (sweep?.swept ?? 0) + swept,
    told: [...told],
    ...(next === undefined ? { doneAt: at } : { after: next }),
  };
}

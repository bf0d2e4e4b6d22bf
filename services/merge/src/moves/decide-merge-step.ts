import type { MergeCounts } from "@lanyard/contracts";
import type { Merge } from "./merge-store.ts";
import type { MovedItem } from "./moved-item.ts";

/** Some of a visitor's items, and where they are listed on; `next` absent: there are no more. */
export interface ItemsFound {
  readonly items: readonly { readonly kind: string; readonly itemId: string }[];
  readonly next: string | undefined;
}

/** What a step has done. */
export interface MergeStepDone {
  /** What has become of the items of the plan, in its order, as far as they have moved under the numbers of the plan. */
  readonly moved: readonly MovedItem[];
  /** What was listed from where the merge says. */
  readonly found: ItemsFound;
  /** ISO 8601. */
  readonly at: string;
}

export type MergeStepDecision =
  /** It is this step's turn. */
  | { readonly kind: "move" }
  /** It was carried out, and its successor may never have been sent: its turn is next. */
  | { readonly kind: "next"; readonly step: number }
  /** It was the last. */
  | { readonly kind: "done"; readonly at: string }
  /** Its successor was carried out: whatever has to follow from here does, and its events have been told. */
  | { readonly kind: "superseded" };

/** What has to be done about the message of a step, by the steps that are done. */
export function decideMergeStep({ step: stepsDone, doneAt }: Merge, step: number): MergeStepDecision {
  if (step > stepsDone || (step === stepsDone && doneAt !== undefined)) {
    throw new Error("a step of a merge has come before its turn");
  }
  if (step === stepsDone) return { kind: "move" };
  if (step + 1 < stepsDone) return { kind: "superseded" };
  return doneAt === undefined ? { kind: "next", step: step + 1 } : { kind: "done", at: doneAt };
}

/** A merge of which nothing has moved. */
export function opened(
  of: Pick<Merge, "operationId" | "visitorId" | "userId" | "mergedAt">,
  { items, next }: ItemsFound,
): Merge {
  const { operationId, visitorId, userId, mergedAt } = of;
  return {
    ...{ operationId, visitorId, userId, mergedAt },
    ...{ step: 0, ...planned(items, 0), late: [], told: [] },
    ...(next !== undefined && { after: next }),
    ...{ moved: 0, skipped: 0, held: 0, byKind: {} },
  };
}

/**
 * The merge after one more step, with what the next one moves: what is listed, and when all has been listed what came late.
 * It is done when there is neither.
 */
export function advanced(
  merge: Merge,
  { moved, found, at }: MergeStepDone,
  { stepSize }: { readonly stepSize: number },
): Merge {
  const { after: _, ...rest } = merge;
  const isListed = found.items.length === 0 && found.next === undefined;
  const next = isListed
    ? { plan: merge.late.slice(0, stepSize), late: merge.late.slice(stepSize) }
    : planned(found.items, merge.lastSequence);
  const isDone = isListed && next.plan.length === 0;
  return {
    ...rest,
    ...counted(merge, moved),
    ...next,
    step: merge.step + 1,
    told: moved.filter(({ how }) => how === "merged").map(({ how: _how, held: _held, ...told }) => told),
    ...(found.next !== undefined && { after: found.next }),
    ...(isDone && { doneAt: at }),
  };
}

const planned = (items: ItemsFound["items"], lastSequence: number): Pick<Merge, "plan" | "lastSequence"> => ({
  plan: items.map(({ kind, itemId }, index) => ({ kind, itemId, sequence: lastSequence + index + 1 })),
  lastSequence: lastSequence + items.length,
});

function counted({ moved, skipped, held, byKind }: MergeCounts, items: readonly MovedItem[]): MergeCounts {
  const counts = new Map(Object.entries(byKind));
  for (const item of items) counts.set(item.kind, plus(counts.get(item.kind) ?? NONE, item));
  return { ...items.reduce(plus, { moved, skipped, held }), byKind: Object.fromEntries(counts) };
}

type Counts = Omit<MergeCounts, "byKind">;

const NONE: Counts = { moved: 0, skipped: 0, held: 0 };

const plus = ({ moved, skipped, held }: Counts, item: MovedItem): Counts => ({
  moved: moved + Number(item.how === "merged"),
  skipped: skipped + Number(item.how === "superseded"),
  held: held + Number(item.held),
});

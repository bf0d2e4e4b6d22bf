import type { Merge } from "./merge-store.ts";

export type LateItemDecision =
  /** A step of the merge moves it. */
  | { readonly kind: "planned"; readonly next?: Merge }
  /** The merge is done: whoever has written it moves it, under this number. */
  | { readonly kind: "move"; readonly sequence: number; readonly next?: Merge }
  /** So many came late that the merge has to go on first. */
  | { readonly kind: "wait" };

/**
 * Who moves an item that was written while its visitor was being closed. A merge that is done keeps its counts and its last
 * number; what comes then has higher ones, of which the oldest are forgotten: the item itself says under which it moved.
 */
export function decideLateItem(
  merge: Merge,
  item: { readonly kind: string; readonly itemId: string },
  { itemsKept }: { readonly itemsKept: number },
): LateItemDecision {
  const { kind, itemId } = item;
  const isIt = (each: Merge["plan"][number]): boolean => each.kind === kind && each.itemId === itemId;
  const { plan, late, lastSequence, doneAt } = merge;
  const known = late.find(isIt);
  const sequence = Math.max(lastSequence, late.at(-1)?.sequence ?? 0) + 1;
  const withIt = [...late, { kind, itemId, sequence }];
  if (doneAt !== undefined) {
    return known === undefined
      ? { kind: "move", sequence, next: { ...merge, late: withIt.slice(-itemsKept) } }
      : { kind: "move", sequence: known.sequence };
  }
  if (known !== undefined || plan.some(isIt)) return { kind: "planned" };
  if (withIt.length > itemsKept) return { kind: "wait" };
  return { kind: "planned", next: { ...merge, lastSequence: sequence, late: withIt } };
}

import { mergeItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";

export type Merge = ItemValue<typeof mergeItem>;

/** How far merges are, each by its operation. */
export interface MergeStore {
  /** @throws DependencyUnavailable */
  load(operationId: string): Promise<Merge | undefined>;
  /** Lays a merge down unless it is there; gives back the one that stands. */
  open(merge: Merge, options: { readonly writtenBy: string }): Promise<Merge>;
  /** Decides on a merge as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends NextDecision<Merge>>(
    operationId: string,
    writtenBy: string,
    decide: (merge: Merge) => D,
  ): Promise<{ readonly decision: D; readonly merge: Merge }>;
}

export function mergeStore(mergeTable: ItemStore): MergeStore {
  const merges = typedItems(mergeTable, mergeItem);
  return {
    load: async (operationId) => (await merges.load(operationId))?.value,
    async open(merge, options) {
      const { stored } = await merges.putIfAbsent(merge, [merge.operationId], options);
      return standing(stored?.value);
    },
    async change(operationId, writtenBy, decide) {
      const { decision, value } = await changeItem(
        merges,
        [operationId],
        writtenBy,
        (merge) => decide(standing(merge)),
        () => undefined,
      );
      return { decision, merge: standing(value) };
    },
  };
}

function standing(merge: Merge | undefined): Merge {
  if (merge === undefined) throw new Error("the merge that stood has vanished");
  return merge;
}

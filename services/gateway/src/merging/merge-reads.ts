import { dataItem, mergeItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import { type DataItem, stands } from "@lanyard/user-data";

export type Merge = ItemValue<typeof mergeItem>;

/** What the gateway reads of merges and of what they move, consistently. */
export interface MergeReads {
  merge(operationId: string): Promise<Merge | undefined>;
  /** What a user owns, or owns of one kind, in the order in which a merge takes it; a page in memory at a time. */
  owned(userId: string, kind?: string): AsyncGenerator<readonly DataItem[]>;
}

export function mergeReads(mergeTable: ItemStore): MergeReads {
  const merges = typedItems(mergeTable, mergeItem);
  const items = typedItems(mergeTable, dataItem);
  return {
    merge: async (operationId) => (await merges.load(operationId))?.value,
    async *owned(userId, kind) {
      const { pk, sk } = dataItem.key(userId, kind ?? "", "");
      const skPrefix = kind === undefined ? EVERY_KIND : sk;
      let after: string | undefined;
      do {
        const page = await mergeTable.list(pk, { skPrefix, limit: PAGE, ...(after !== undefined && { after }) });
        yield page.items.map((item) => items.parse(item).value).filter(stands);
        after = page.cursor;
      } while (after !== undefined);
    },
  };
}

const PAGE = 100;
const EVERY_KIND = "data#";

import { dataItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type NextDecision, typedItems } from "@lanyard/storage";
import type { DataItem } from "@lanyard/user-data";

const TOMBSTONE_SECONDS = 30 * 24 * 3600;
const PAGE_SIZE = 100;

/** Where an item lies. */
export interface ItemPlace {
  readonly userId: string;
  readonly kind: string;
  readonly itemId: string;
}

/** What users own, tombstones included. */
export interface DataItemStore {
  load(place: ItemPlace): Promise<DataItem | undefined>;
  /** Writes a new item unless one stands at its id, ended or not; gives back the one that stands. @throws DependencyUnavailable */
  putIfAbsent(userId: string, item: DataItem, writtenBy: string): Promise<DataItem>;
  /** Decides on an item as it stands, and again after each lost race. @throws DependencyUnavailable */
  change<D extends NextDecision<DataItem>>(
    place: ItemPlace,
    writtenBy: string,
    decide: (item: DataItem | undefined) => D,
  ): Promise<{ readonly decision: D; readonly value: DataItem | undefined }>;
  /** One page of all that a user has, or has of one kind; in the order of kind and id. */
  page(
    userId: string,
    options?: { readonly kind?: string; readonly after?: string | undefined; readonly limit?: number },
  ): Promise<{ readonly items: readonly DataItem[]; readonly next: string | undefined }>;
}

export function dataItemStore(mergeTable: ItemStore): DataItemStore {
  const items = typedItems(mergeTable, dataItem);
  return {
    load: async ({ userId, kind, itemId }) => (await items.load(userId, kind, itemId))?.value,
    async putIfAbsent(userId, item, writtenBy) {
      const { stored } = await items.putIfAbsent(item, [userId, item.kind, item.itemId], { writtenBy });
      if (stored === undefined) throw new Error("the item that stood has vanished");
      return stored.value;
    },
    change: ({ userId, kind, itemId }, writtenBy, decide) =>
      changeItem(items, [userId, kind, itemId], writtenBy, decide, ttlOf),
    async page(userId, { kind, after, limit = PAGE_SIZE } = {}) {
      const { pk, sk } = dataItem.key(userId, kind ?? "", "");
      const skPrefix = kind === undefined ? PREFIX : sk;
      const page = await mergeTable.list(pk, { skPrefix, limit, ...(after !== undefined && { after }) });
      return { items: page.items.map((item) => items.parse(item).value), next: page.cursor };
    },
  };
}

const PREFIX = "data#";

const ttlOf = ({ ended }: DataItem): number | undefined =>
  ended === undefined ? undefined : Math.floor(Date.parse(ended.at) / 1000) + TOMBSTONE_SECONDS;

import { dataItem } from "@lanyard/contracts";
import { type ItemStore, type Stored, toCursor, typedItems } from "@lanyard/storage";
import { type DataItem, stands } from "@lanyard/user-data";

export interface OwnedItemsPage {
  readonly items: readonly DataItem[];
  /** Given when there may be more. */
  readonly cursor?: string;
}

export interface OwnedItemsOptions {
  readonly limit: number;
  /** The `cursor` of the page before. */
  readonly after?: string | undefined;
  /** Those that a merge has moved beyond the limit of their kind; else those within it. */
  readonly held: boolean;
}

/** What users own, as it stands at this moment: what was deleted or has moved is not there. */
export interface OwnedItems {
  item(userId: string, kind: string, itemId: string): Promise<DataItem | undefined>;
  /**
   * A page of a user's items of a kind, in the order of their ids: each that stands throughout is on one page exactly. It may
   * hold fewer than `limit`, and none, though a cursor leads on. @throws InvalidCursor
   */
  page(userId: string, kind: string, options: OwnedItemsOptions): Promise<OwnedItemsPage>;
}

/** So that a page ends, however many tombstones lie between the items. */
const MOST_READS = 20;
const READ_SIZE = 100;

export function ownedItems(mergeTable: ItemStore): OwnedItems {
  const items = typedItems(mergeTable, dataItem);
  return {
    async item(userId, kind, itemId) {
      const item = (await items.load(userId, kind, itemId))?.value;
      return stands(item) ? item : undefined;
    },
    async page(userId, kind, { limit, after, held }) {
      const { pk, sk: skPrefix } = dataItem.key(userId, kind, "");
      const found: Stored<DataItem>[] = [];
      let cursor = after;
      for (let reads = 0; reads < MOST_READS; reads += 1) {
        // One more than asked for: whether there is a next page is what it tells.
        const size = reads === 0 ? limit + 1 : READ_SIZE;
        const read = await mergeTable.list(pk, {
          skPrefix,
          limit: size,
          ...(cursor !== undefined && { after: cursor }),
        });
        found.push(
          ...read.items
            .map((item) => items.parse(item))
            .filter(({ value }) => stands(value) && (value.held !== undefined) === held),
        );
        cursor = read.cursor;
        if (found.length > limit) cursor = toCursor(found[limit - 1]?.key.sk ?? "");
        if (found.length > limit || cursor === undefined) break;
      }
      return { items: found.slice(0, limit).map(({ value }) => value), ...(cursor !== undefined && { cursor }) };
    },
  };
}

import type { dataItem, httpSchemas, Json } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import type { z } from "zod";

export type DataItem = ItemValue<typeof dataItem>;
export type DataItemView = z.input<typeof httpSchemas.dataItemView>;

/** Whether it is its user's: nothing of it has moved, and nobody has deleted it. A frozen one still is. */
export const stands = (item: DataItem | undefined): item is DataItem => item !== undefined && item.ended === undefined;

/** An item as its user sees it. */
export const viewOf = ({
  itemId,
  kind,
  name,
  json,
  version,
  createdAt,
  updatedAt,
  origin,
  held,
}: DataItem): DataItemView => ({
  id: itemId,
  kind,
  name,
  value: JSON.parse(json) as Json,
  version,
  createdAt,
  updatedAt,
  ...(origin !== undefined && { origin }),
  ...(held !== undefined && { held }),
});

import { MERGE_STEP_SIZE } from "@lanyard/contracts";
import { stands } from "@lanyard/user-data";
import type { ClosedVisitor } from "../items/closed-visitors.ts";
import type { DataItemStore } from "../items/data-item-store.ts";
import { type ItemsFound, opened } from "./decide-merge-step.ts";
import type { Merge, MergeStore } from "./merge-store.ts";

/** Pages of tombstones that a step goes over before it leaves the rest to the next. */
const MOST_PAGES = 8;

/**
 * The merge that a visitor was closed for, laid down if it is not; whoever comes first lists the first items. Only after the visitor was
 * closed: what is written later finds that out.
 */
export async function openMerge(
  {
    merges,
    items,
  }: { readonly merges: Pick<MergeStore, "load" | "open">; readonly items: Pick<DataItemStore, "page"> },
  visitorId: string,
  closed: ClosedVisitor,
  writtenBy: string,
): Promise<Merge> {
  const known = await merges.load(closed.operationId);
  if (known !== undefined) return known;
  return merges.open(opened({ ...closed, visitorId }, await itemsOf(items, visitorId, undefined)), { writtenBy });
}

/** Some of the items that a visitor has still, at most as many as a step moves. */
export async function itemsOf(
  items: Pick<DataItemStore, "page">,
  visitorId: string,
  from: string | undefined,
): Promise<ItemsFound> {
  let after = from;
  for (let pages = 1; ; pages += 1) {
    const page = await items.page(visitorId, { after, limit: MERGE_STEP_SIZE });
    const found = page.items.filter(stands).map(({ kind, itemId }) => ({ kind, itemId }));
    if (found.length > 0 || page.next === undefined || pages === MOST_PAGES) return { items: found, next: page.next };
    after = page.next;
  }
}

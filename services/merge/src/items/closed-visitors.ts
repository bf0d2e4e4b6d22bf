import { closedVisitorItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

/** Which account a visitor is part of, since when, and by which merge. */
export type ClosedVisitor = ItemValue<typeof closedVisitorItem>;

/** The visitors whose items move or have moved; nobody opens one again. */
export interface ClosedVisitors {
  /** `undefined`: its items are its own. @throws DependencyUnavailable */
  load(userId: string): Promise<ClosedVisitor | undefined>;
  /** Closes a visitor unless it is closed; gives back what stands then. @throws DependencyUnavailable */
  close(
    visitorId: string,
    closed: ClosedVisitor,
    options: { readonly writtenBy: string },
  ): Promise<ClosedVisitor | undefined>;
}

export function closedVisitors(mergeTable: ItemStore): ClosedVisitors {
  const items = typedItems(mergeTable, closedVisitorItem);
  return {
    load: async (userId) => (await items.load(userId))?.value,
    close: async (visitorId, closed, options) => (await items.putIfAbsent(closed, [visitorId], options)).stored?.value,
  };
}

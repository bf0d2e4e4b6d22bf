import type { DataItem } from "@lanyard/user-data";

export type RemovalDecision =
  /** This operation deleted it before. */
  | { readonly kind: "removed-before"; readonly at: string }
  | { readonly kind: "remove"; readonly at: string; readonly next: DataItem }
  | {
      readonly kind: "refused";
      readonly code: "item_not_found" | "user_merged" | "version_conflict";
      readonly extra?: Record<string, number>;
    };

/** What becomes of an item that somebody deletes; `receivedAt` is ISO 8601, on the time that all processes share. */
export function decideRemoval(
  item: DataItem | undefined,
  {
    operationId,
    expectedVersion,
    receivedAt,
  }: { readonly operationId: string; readonly expectedVersion: number | undefined; readonly receivedAt: string },
): RemovalDecision {
  const ended = item?.ended;
  if (ended?.operationId === operationId && ended.how === "deleted") return { kind: "removed-before", at: ended.at };
  const hasMoved = ended !== undefined && ended.how !== "deleted";
  if (hasMoved || item?.leaving !== undefined) return { kind: "refused", code: "user_merged" };
  if (item === undefined || ended !== undefined) return { kind: "refused", code: "item_not_found" };
  if (expectedVersion !== undefined && expectedVersion !== item.version) {
    return { kind: "refused", code: "version_conflict", extra: { version: item.version } };
  }
  const at = receivedAt;
  return { kind: "remove", at, next: { ...item, json: "", ended: { how: "deleted", at, operationId } } };
}

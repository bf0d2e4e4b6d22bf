import type { DataItem } from "@lanyard/user-data";

/** What somebody wants an item to be. */
export interface Save {
  readonly operationId: string;
  readonly kind: string;
  readonly itemId: string;
  /** Whether the operation makes the item: its id follows from the operation's. */
  readonly isNew: boolean;
  readonly expectedVersion?: number | undefined;
  readonly name: string;
  readonly json: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
}

export type SaveDecision =
  /** This operation made this version before, whatever the item is by now. */
  | { readonly kind: "saved-before"; readonly version: number }
  /** It can be saved if its kind has room. */
  | { readonly kind: "needs-slot" }
  | { readonly kind: "save"; readonly version: number; readonly next: DataItem }
  | {
      readonly kind: "refused";
      readonly code: "item_not_found" | "user_merged" | "limit_reached" | "version_conflict";
      readonly extra?: Record<string, number>;
      /** What keeps another run of the same operation from making what was refused: a tombstone at the id that it would have. */
      readonly next?: DataItem;
    };

/**
 * What becomes of an item that somebody saves. `slot` is the one that was taken for it, `undefined` before anybody has asked
 * for one; `noneOf`: there was none of so many. `limit`: how many the kind may have; `undefined`: that is not known. A visitor who
 * is closed makes nothing new; what stands can be changed until it is frozen, which takes its value along.
 */
export function decideSave(
  item: DataItem | undefined,
  save: Save,
  {
    isClosed,
    slot,
    limit,
    changesKept,
  }: {
    readonly isClosed: boolean;
    readonly slot: number | { readonly noneOf: number } | undefined;
    readonly limit: number | undefined;
    readonly changesKept: number;
  },
): SaveDecision {
  const { operationId, isNew, expectedVersion, receivedAt } = save;
  const own = item?.changes.find((change) => change.operationId === operationId);
  if (own !== undefined) return { kind: "saved-before", version: own.version };
  if (item !== undefined && expectedVersion === undefined && isForgotten(item, operationId)) {
    return { kind: "saved-before", version: versionOfFirst(item) - 1 };
  }
  if (isNew && isClosed && item === undefined) return { ...USER_MERGED, next: neverMade(save) };
  if (isNew && item?.ended?.operationId === operationId) {
    return item.held === undefined ? USER_MERGED : refusedFor(limit ?? 0);
  }
  if (item?.leaving !== undefined) return USER_MERGED;
  switch (item?.ended?.how) {
    case "merged":
    case "superseded":
      return USER_MERGED;
    case "deleted":
      return { kind: "refused", code: "item_not_found" };
    case undefined:
      break;
  }
  if (item === undefined && !isNew) return { kind: "refused", code: "item_not_found" };
  if (item !== undefined && expectedVersion !== undefined && expectedVersion !== item.version) {
    return { kind: "refused", code: "version_conflict", extra: { version: item.version } };
  }
  const { name, json } = save;
  const version = (item?.version ?? 0) + 1;
  const taken = item?.slot ?? slot;
  if (taken === undefined) return { kind: "needs-slot" };
  if (typeof taken === "object") {
    const refused = refusedFor(taken.noneOf);
    return item === undefined ? { ...refused, next: { ...neverMade(save), held: "limit_reached" } } : refused;
  }
  const changes = [...(item?.changes ?? []), { operationId, version }].slice(-changesKept);
  const changed = { name, json, version, changes, slot: taken };
  if (item === undefined) {
    const { itemId, kind } = save;
    const next = { itemId, kind, ...changed, createdAt: receivedAt, updatedAt: receivedAt };
    return { kind: "save", version, next };
  }
  const { held: _, ...rest } = item;
  const updatedAt = item.updatedAt > receivedAt ? item.updatedAt : receivedAt;
  return { kind: "save", version, next: { ...rest, ...changed, updatedAt } };
}

type Refusal = Extract<SaveDecision, { readonly kind: "refused" }>;

const USER_MERGED: Refusal = { kind: "refused", code: "user_merged" };

const refusedFor = (limit: number): Refusal => ({
  kind: "refused",
  code: "limit_reached",
  extra: { limit },
});

/** The tombstone of what was refused before it stood; one that found no room says so. */
function neverMade({ kind, itemId, name, operationId, receivedAt: at }: Save): DataItem {
  const ended = { how: "deleted", at, operationId } as const;
  return { itemId, kind, name, json: "", version: 1, createdAt: at, updatedAt: at, changes: [], ended };
}

/**
 * Whether a change may be one of those that the item remembers no more: it was received before all that it remembers. Carried
 * out or not, it is as if it had been, before them: done now, it would undo them. Ids of operations begin with the
 * time of their receipt.
 */
const isForgotten = (item: DataItem, operationId: string): boolean =>
  versionOfFirst(item) > 1 && item.changes.every((change) => change.operationId > operationId);

const versionOfFirst = ({ changes, version }: DataItem): number => changes[0]?.version ?? version;

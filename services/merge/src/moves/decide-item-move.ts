import type { DataItem, MoveDecision } from "@lanyard/user-data";
import type { Merge } from "./merge-store.ts";

/** A merge, as far as one item is concerned. */
export type MergeOfItem = Pick<Merge, "operationId" | "userId" | "mergedAt">;

/** What becomes of a frozen item. */
export type Leaving = NonNullable<DataItem["leaving"]>;

export type FreezeDecision =
  | { readonly kind: "freeze"; readonly next: DataItem }
  /** It is frozen, it has ended, or it never was. */
  | { readonly kind: "keep" };

/** Lays down what becomes of an item, unless that has been, or it has ended. */
export function decideFreeze(
  item: DataItem | undefined,
  merge: MergeOfItem,
  {
    sequence,
    at,
    copyId,
    decideMove,
  }: {
    readonly sequence: number;
    readonly at: string;
    /** Where its copy comes to stand, if it is copied. */
    readonly copyId: string;
    readonly decideMove: (item: DataItem) => MoveDecision;
  },
): FreezeDecision {
  if (item === undefined || item.ended !== undefined || item.leaving !== undefined) return { kind: "keep" };
  const decision = decideMove(item);
  const { operationId } = merge;
  const leaving =
    decision.as === "copy"
      ? { as: decision.as, toItemId: copyId, name: decision.name }
      : { as: decision.as, toItemId: decision.itemId, name: item.name };
  return { kind: "freeze", next: { ...item, leaving: { operationId, at, sequence, ...leaving } } };
}

/** The account's new item. A `slot` absent where the kind has a limit: it is held. */
export function copyOf(
  { itemId, kind, name, json, createdAt, updatedAt }: DataItem,
  leaving: Leaving,
  { operationId, mergedAt }: MergeOfItem,
  room: Pick<DataItem, "slot" | "held">,
): DataItem {
  return {
    ...{ itemId: leaving.toItemId, kind, name: leaving.name, json, version: 1, createdAt, updatedAt },
    changes: [{ operationId, version: 1, fromItemId: itemId }],
    ...room,
    origin: { itemId, mergedAt, operationId, ...(leaving.name !== name && { renamedFrom: name }) },
  };
}

export type OverwriteDecision =
  /** It has the value, now or before. */
  | { readonly kind: "taken"; readonly next?: DataItem }
  /** It was changed since, and counts. */
  | { readonly kind: "newer" }
  /** Its user has deleted it. */
  | { readonly kind: "gone" };

/** Whether the account's item takes the value of a visitor's. */
export function decideOverwrite(
  item: DataItem | undefined,
  { itemId, json, updatedAt }: DataItem,
  { operationId }: MergeOfItem,
  { changesKept }: { readonly changesKept: number },
): OverwriteDecision {
  const isOwn = item?.changes.some((change) => change.operationId === operationId && change.fromItemId === itemId);
  if (isOwn === true) return { kind: "taken" };
  if (item === undefined || item.ended !== undefined) return { kind: "gone" };
  if (Date.parse(item.updatedAt) >= Date.parse(updatedAt)) return { kind: "newer" };
  const version = item.version + 1;
  const changes = [...item.changes, { operationId, version, fromItemId: itemId }].slice(-changesKept);
  return { kind: "taken", next: { ...item, json, updatedAt, version, changes } };
}

/** What was done about a frozen item. */
export type Carried =
  /** What its freeze says. */
  | { readonly kind: "carried-out"; readonly leaving: Leaving; readonly held: DataItem["held"] }
  /** That cannot be any more, and this is to be. */
  | { readonly kind: "redirected"; readonly leaving: Leaving; readonly to: Pick<Leaving, "as" | "toItemId"> };

export type FrozenDecision =
  | { readonly kind: "redirect" | "end"; readonly next: DataItem }
  /** It has ended, or another run has redirected it: what stands says what is to be done. */
  | { readonly kind: "keep" };

/** Ends an item whose copy stands, or redirects it: only by what its freeze still says. */
export function decideFrozen(
  item: DataItem | undefined,
  carried: Carried,
  { operationId, userId, mergedAt }: MergeOfItem,
  at: string,
): FrozenDecision {
  if (item?.leaving === undefined || item.ended !== undefined) return { kind: "keep" };
  const { leaving, ...rest } = item;
  if (leaving.as !== carried.leaving.as || leaving.toItemId !== carried.leaving.toItemId) return { kind: "keep" };
  if (carried.kind === "redirected") {
    return { kind: "redirect", next: { ...item, leaving: { ...leaving, ...carried.to } } };
  }
  const how = leaving.as === "skip" ? "superseded" : "merged";
  const { toItemId: copyId, sequence } = leaving;
  const held = carried.held === undefined ? {} : { held: carried.held };
  const ended = { how, at, operationId, mergedTo: userId, mergedAt, copyId, sequence, ...held } as const;
  return { kind: "end", next: { ...rest, json: how === "merged" ? "" : item.json, ended } };
}

import type { dataItem, EventMessage, mergeItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import type { Evidence } from "./evidence.ts";

export type DataItem = ItemValue<typeof dataItem>;
export type Merge = ItemValue<typeof mergeItem>;

/** One version of an item as it was written; `order` over all writes of the run. */
export interface ItemWrite {
  readonly order: number;
  readonly item: DataItem;
  readonly writtenBy: string;
}

/** Everything that was ever written at one id. */
export interface ItemHistory {
  readonly place: string;
  readonly userId: string;
  readonly kind: string;
  readonly itemId: string;
  readonly writes: readonly ItemWrite[];
  readonly last: DataItem;
}

/** Whose a visitor became, by what was written of it. */
export interface Claim {
  readonly visitorId: string;
  readonly userId: string;
  readonly operationId: string;
}

export const placeOf = (userId: string, kind: string, itemId: string): string =>
  `user#${userId} data#${kind}#${itemId}`;

/** What an auditor of items and merges has read from all that was written. */
export interface MergeEvidence {
  readonly items: ReadonlyMap<string, ItemHistory>;
  /** In the order in which they were written. */
  readonly claims: readonly Claim[];
  /** As each merge stood when it was done, and as it stands. */
  readonly done: ReadonlyMap<string, Merge>;
  readonly merges: ReadonlyMap<string, Merge>;
  readonly told: readonly EventMessage[];
}

const known = new WeakMap<Evidence, MergeEvidence>();

export function mergeEvidence(evidence: Evidence): MergeEvidence {
  const before = known.get(evidence);
  if (before !== undefined) return before;
  const made = read(evidence);
  known.set(evidence, made);
  return made;
}

function read({ world }: Evidence): MergeEvidence {
  const items = new Map<string, ItemHistory & { readonly writes: ItemWrite[]; last: DataItem }>();
  const claims: Claim[] = [];
  const done = new Map<string, Merge>();
  const merges = new Map<string, Merge>();
  for (const [order, { table, key, value, writtenBy }] of world.isMerging ? world.writes.entries() : []) {
    if (table === "identity" && key.sk === "profile" && value["mergedTo"] !== undefined) {
      const { userId: visitorId, mergedTo, mergeOperationId } = value;
      claims.push({
        visitorId: String(visitorId),
        userId: String(mergedTo),
        operationId: String(mergeOperationId),
      });
    }
    if (table !== "merge") continue;
    if (key.sk === "merge") {
      const merge = value as unknown as Merge;
      merges.set(merge.operationId, merge);
      if (merge.doneAt !== undefined && !done.has(merge.operationId)) done.set(merge.operationId, merge);
    }
    if (!key.sk.startsWith("data#")) continue;
    const item = value as unknown as DataItem;
    const place = `${key.pk} ${key.sk}`;
    const { kind, itemId } = item;
    const history = items.get(place) ?? {
      ...{ place, userId: key.pk.slice("user#".length), kind, itemId },
      ...{ writes: [], last: item },
    };
    history.writes.push({ order, item, writtenBy });
    history.last = item;
    items.set(place, history);
  }
  const told = world.isMerging
    ? world.broker
        .published("events")
        .flatMap(({ attributes, body }) =>
          attributes["type"]?.startsWith("account.") === true ? [JSON.parse(body) as EventMessage] : [],
        )
    : [];
  return { items, claims, done, merges, told };
}

/** The write that gave an account what a visitor's item was. */
export const takenBy = ({ writes }: ItemHistory, fromItemId: string): ItemWrite | undefined =>
  writes.find(({ item }) => item.changes.some((change) => change.fromItemId === fromItemId));

import { events, type Occurrence, occurred } from "@lanyard/contracts";
import type { DataItem } from "@lanyard/user-data";
import type { Merge } from "./merge-store.ts";

/** What has become of a visitor's item, as its tombstone says it. */
export interface MovedItem {
  readonly kind: string;
  readonly fromItemId: string;
  readonly toItemId: string;
  /** `merged`: its value is the account's. `superseded`: the account's own item counts. */
  readonly how: "merged" | "superseded";
  readonly held: boolean;
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
}

/** `undefined`: no merge has ended it. */
export function movedItemOf({ kind, itemId, ended }: DataItem): MovedItem | undefined {
  if (ended === undefined || ended.how === "deleted") return undefined;
  const { how, at, copyId, sequence, held } = ended;
  if (copyId === undefined || sequence === undefined) throw new Error("a tombstone of a merge says too little");
  return { kind, fromItemId: itemId, toItemId: copyId, how, held: held !== undefined, sequence, at };
}

/** Tells of an item that is the account's now. */
export const itemMoved = (
  { operationId, userId, visitorId }: Pick<Merge, "operationId" | "userId" | "visitorId">,
  { kind, fromItemId, toItemId, sequence, at }: Merge["told"][number],
): Occurrence =>
  occurred(events.accountItemMoved, at, {
    ...{ mergeId: operationId, userId, visitorId },
    ...{ sequence, kind, fromItemId, toItemId },
  });

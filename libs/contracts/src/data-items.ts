import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { personal } from "./secrecy.ts";
import { dataKind, itemId, itemName, operationId, timestamp, userId } from "./shapes.ts";

/** The largest value that an item may have, whatever its kind says: UTF-8 bytes of its JSON. */
export const MOST_VALUE_BYTES = 32 * 1024;
/** How many changes of an item it remembers. */
export const CHANGES_KEPT = 8;
/** How many items a step of a merge moves. */
export const MERGE_STEP_SIZE = 25;
/** How many late items a merge remembers. */
export const LATE_ITEMS_KEPT = 500;

/** Where an item came from that a merge has moved; never whose it was. */
export const itemOrigin = z.strictObject({
  itemId: itemId.meta({ description: "Its id at the visitor" }),
  mergedAt: timestamp,
  operationId: operationId.meta({ description: "The merge" }),
  renamedFrom: itemName.optional().meta({ description: "Its name there, which the account has another item of" }),
});

export const dataItem = itemKind({
  name: "dataItem",
  table: "merge",
  summary: "One thing that a user owns, of a kind that the deployment declares.",
  writers: ["merge"],
  readers: ["gateway", "merge"],
  expiry: "30 d after it ended: until then it stands as the tombstone of what it was",
  schema: z.strictObject({
    itemId,
    kind: dataKind,
    name: itemName,
    json: personal(z.string()).meta({ description: "Its value as JSON text; empty when it was deleted or has moved" }),
    version: z.int().positive().meta({ description: "What `ETag` says: one more with each change" }),
    createdAt: timestamp,
    updatedAt: timestamp,
    changes: z
      .array(
        z.strictObject({
          operationId,
          version: z.int().positive(),
          fromItemId: itemId.optional().meta({ description: "The visitor's item whose value it took, by a merge" }),
        }),
      )
      .max(CHANGES_KEPT)
      .meta({ description: "The last 8, oldest first: which operation made which version" }),
    slot: z.int().nonnegative().optional().meta({ description: "The slot it takes of its kind's limit" }),
    held: z.enum(["limit_reached"]).optional().meta({
      description:
        "Moved by a merge, beyond the limit of its kind: it can be read and deleted, and saved when there is room",
    }),
    origin: itemOrigin.optional(),
    leaving: z
      .strictObject({
        operationId,
        at: timestamp,
        sequence: z.int().positive(),
        as: z.enum(["copy", "overwrite", "skip"]).meta({
          description: "A new item, the new value of an older one of its name, or nothing: the account's counts",
        }),
        toItemId: itemId.meta({ description: "Its copy, or the account's item of its name" }),
        name: itemName.meta({ description: "What its copy is called" }),
      })
      .optional()
      .meta({
        description: "Frozen by a merge, with its value and with what becomes of it: nobody changes it any more",
      }),
    ended: z
      .strictObject({
        how: z.enum(["deleted", "merged", "superseded"]).meta({
          description: "`merged`: its copy stands. `superseded`: the account had one of that name, which counts",
        }),
        at: timestamp,
        operationId,
        mergedTo: userId.optional().meta({ description: "The account" }),
        mergedAt: timestamp.optional(),
        copyId: itemId
          .optional()
          .meta({ description: "Its copy, or the item that has its value or counts in its place" }),
        sequence: z.int().positive().optional().meta({ description: "Its number in the merge" }),
        held: z.enum(["limit_reached"]).optional().meta({ description: "As its copy was when it came to stand" }),
      })
      .optional(),
  }),
  key: (user: string, kind: string, item: string) => ({ pk: `user#${user}`, sk: `data#${kind}#${item}` }),
  keyOf: ["userId", "kind", "itemId"],
});

export const dataSlotItem = itemKind({
  name: "dataSlot",
  table: "merge",
  summary:
    "One of as many slots as a user may have items of a kind: put if absent before the item is, so that there never are more.",
  writers: ["merge"],
  readers: ["merge"],
  expiry: "removed when its item has ended",
  schema: z.strictObject({ itemId, operationId, at: timestamp }),
  key: (user: string, kind: string, slot: number) => ({
    pk: `user#${user}`,
    sk: `slot#${kind}#${String(slot).padStart(6, "0")}`,
  }),
  keyOf: ["userId", "kind", "number, six digits"],
});

export const closedVisitorItem = itemKind({
  name: "closedVisitor",
  table: "merge",
  summary: "Says that a visitor's items are moving, or have moved: nothing new is written for it.",
  writers: ["merge"],
  readers: ["merge"],
  expiry: "never",
  schema: z.strictObject({ userId: userId.meta({ description: "The account" }), operationId, mergedAt: timestamp }),
  key: (visitor: string) => ({ pk: `user#${visitor}`, sk: "closed" }),
  keyOf: ["visitor's userId"],
});

const counts = {
  moved: z.int().nonnegative().meta({ description: "Items that are the account's now, held ones too" }),
  skipped: z.int().nonnegative().meta({ description: "Items in whose place one of the account counts" }),
  held: z.int().nonnegative().meta({ description: "Those of the moved that are beyond a limit of the account" }),
};

/** How many of a merge's items went which way, by kind. */
export const mergeCounts = z.strictObject({ ...counts, byKind: z.record(dataKind, z.strictObject(counts)) });
export type MergeCounts = z.output<typeof mergeCounts>;

export const mergeItem = itemKind({
  name: "merge",
  table: "merge",
  summary:
    "How far a merge is. Each step's items are laid down before any is moved, so that whoever repeats it moves the same, under the same numbers.",
  writers: ["merge"],
  readers: ["gateway", "merge"],
  expiry: "never: it answers whoever asks for the same merge again",
  schema: z.strictObject({
    operationId,
    visitorId: userId,
    userId: userId.meta({ description: "The account" }),
    mergedAt: timestamp,
    step: z.int().nonnegative().meta({ description: "Steps that are done" }),
    plan: z
      .array(z.strictObject({ kind: dataKind, itemId, sequence: z.int().positive() }))
      .max(MERGE_STEP_SIZE)
      .meta({ description: "What the next step moves" }),
    after: z
      .string()
      .optional()
      .meta({ description: "Where the items after that are listed on. Absent: there are none" }),
    told: z
      .array(
        z.strictObject({
          kind: dataKind,
          fromItemId: itemId,
          toItemId: itemId,
          sequence: z.int().positive(),
          at: timestamp,
        }),
      )
      .max(MERGE_STEP_SIZE)
      .default([])
      .meta({ description: "What the last step has moved, as its events say it, in the order of its plan" }),
    lastSequence: z
      .int()
      .nonnegative()
      .meta({ description: "The highest number that an item was given until the merge was done" }),
    late: z
      .array(z.strictObject({ kind: dataKind, itemId, sequence: z.int().positive() }))
      .max(LATE_ITEMS_KEPT)
      .default([])
      .meta({
        description:
          "Items that were written while the visitor was being closed, and were not listed: the last steps move them. Those that come when it is done are moved by whoever wrote them, under higher numbers",
      }),
    ...counts,
    byKind: z.record(dataKind, z.strictObject(counts)),
    doneAt: timestamp.optional(),
  }),
  key: (operation: string) => ({ pk: `merge#${operation}`, sk: "merge" }),
  keyOf: ["operationId"],
});

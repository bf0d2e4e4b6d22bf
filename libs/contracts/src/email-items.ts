import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { personal } from "./secrecy.ts";
import { email, operationId, timestamp, userId } from "./shapes.ts";

/** Put before the account carries the new address: whatever changes follow, what was left stays known. */
export const emailChangeItem = itemKind({
  name: "emailChange",
  table: "identity",
  summary:
    "One change of an account's address: what it was before, for the mail that tells of it and for whoever undoes it.",
  writers: ["identity"],
  readers: ["gateway", "identity", "notification"],
  expiry: "30 d after the change: no link undoes it as late",
  schema: z.strictObject({
    userId,
    operationId: operationId.meta({ description: "Which operation has changed it" }),
    fromVersion: z.int().nonnegative().meta({ description: "The account's `emailVersion` before" }),
    at: timestamp,
    from: personal(email),
    to: personal(email),
    undoes: operationId.optional().meta({ description: "The change that this one undoes; nobody undoes it in turn" }),
  }),
  key: (user: string, operation: string) => ({ pk: `user#${user}`, sk: `email-change#${operation}` }),
  keyOf: ["userId", "operationId"],
});

/** Put if absent, so that one of any number of requests undoes a change. One that found the address with another account may be followed by another. */
export const emailUndoItem = itemKind({
  name: "emailUndo",
  table: "identity",
  summary:
    "Whoever reads the mail of an address that an account has left says that this was not the owner: the account gets it back, once.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "30 d after it was asked for: no link undoes anything as late",
  schema: z.strictObject({
    userId,
    changeId: operationId.meta({ description: "The operation whose change is undone" }),
    fromVersion: z.int().nonnegative().meta({ description: "The `emailVersion` that the change was made from" }),
    operationId: operationId.meta({ description: "The operation that undoes it" }),
    at: timestamp,
    ended: z
      .strictObject({
        at: timestamp,
        how: z.enum(["restored", "taken", "superseded"]).meta({
          description: "`taken`: another account carries the address; `superseded`: an earlier change was undone",
        }),
        version: z.int().nonnegative().optional().meta({
          description:
            "Of `restored`: the account's `emailVersion` then. What changed it from `fromVersion` on to here is undone too",
        }),
      })
      .optional()
      .meta({ description: "Absent: under way" }),
  }),
  key: (user: string, change: string) => ({ pk: `user#${user}`, sk: `email-undo#${change}` }),
  keyOf: ["userId", "operationId of the change"],
});

type EmailUndo = z.output<typeof emailUndoItem.schema>;

/** Whether it has come to nothing: the address was another's, or an earlier change was undone. */
export const hasFailed = ({ ended }: Pick<EmailUndo, "ended">): boolean =>
  ended !== undefined && ended.how !== "restored";

/**
 * Whether a change of address is undone, by itself or with one before it: whoever came to read an account's mail by a change
 * that is undone must not have it back by undoing the next.
 */
export const isUndone = (
  { operationId, fromVersion }: Pick<z.output<typeof emailChangeItem.schema>, "operationId" | "fromVersion">,
  undos: readonly EmailUndo[],
): boolean =>
  undos
    .filter((undo) => !hasFailed(undo))
    .some(
      (undo) =>
        undo.changeId === operationId ||
        (undo.fromVersion <= fromVersion && fromVersion < (undo.ended?.version ?? Number.POSITIVE_INFINITY)),
    );

import { z } from "zod";
import { ACCOUNT_CHANGES_KEPT, changes, failures } from "./account-items.ts";
import { itemKind } from "./item-kind.ts";
import { operationId, timestamp, userId } from "./shapes.ts";

export const passwordItem = itemKind({
  name: "password",
  table: "identity",
  summary: "An account's password: its argon2id hash (PHC string), keyed. Only of proven addresses.",
  writers: ["identity"],
  readers: ["gateway", "identity"],
  expiry: "never",
  schema: z.strictObject({
    userId,
    hash: z
      .string()
      .meta({ description: "PHC string of argon2id (RFC 9106), with the kid of the key it is keyed with" }),
    setBy: operationId.meta({ description: "Its version: the operation that set it" }),
    setAt: timestamp,
    receivedAt: timestamp.meta({
      description: "Of the request that set it: one that was received before changes nothing",
    }),
    isShort: z.boolean().meta({ description: "Fewer than 15 characters: only beside a second factor" }),
    suspended: z.strictObject({ at: timestamp, operationId }).optional().meta({
      description:
        "Its owner has said that somebody else knows it, or it was short and the second factor was lifted: it opens nothing until another is set",
    }),
    changes,
  }),
  key: (user: string) => ({ pk: `user#${user}`, sk: "password" }),
  keyOf: ["userId"],
});

export const passwordFailuresItem = itemKind({
  name: "passwordFailures",
  table: "identity",
  summary:
    "The wrong passwords in a row for an address, whether or not it has an account; for a known device of the account, apart from everybody else's.",
  writers: ["identity"],
  readers: ["identity"],
  expiry: "30 d after the last, and counting begins anew then; never once no more may be tried",
  schema: failures.extend({
    passwordVersion: operationId.optional().meta({
      description: "The password that they were not: counting begins anew with another. Absent: there was none",
    }),
    counted: z
      .array(
        z.strictObject({
          operationId,
          count: z.int().positive(),
          passwordVersion: operationId
            .optional()
            .meta({ description: "What it is compared with, whenever its message comes again" }),
          userId: userId.optional().meta({ description: "Whose account it was; absent: nobody's" }),
          wasRight: z.literal(true).optional().meta({ description: "It was that password: it is told so again" }),
        }),
      )
      .max(ACCOUNT_CHANGES_KEPT),
  }),
  key: (addressHash: string, device: string) => ({ pk: `address#${addressHash}`, sk: `password-failures#${device}` }),
  keyOf: ["HMAC of the normal address", "deviceId, or any"],
});

/** Put if absent, as nothing else about it says so for good: the address may change between two copies of its message. */
export const passwordTryItem = itemKind({
  name: "passwordTry",
  table: "identity",
  summary: "Where a try of a password is counted: decided once, so that no copy of its message is counted elsewhere.",
  writers: ["identity"],
  readers: ["identity"],
  expiry: "2 d after it was received: no message of the operation is carried out as late",
  schema: z.strictObject({
    operationId,
    addressHash: z.string().meta({ description: "HMAC of the normal address" }),
    device: z.string().meta({ description: "deviceId, or any" }),
  }),
  key: (operation: string) => ({ pk: `operation#${operation}`, sk: "password-try" }),
  keyOf: ["operationId"],
});

/** A late copy may find that another account carries the address, or none: what it is told was decided before. */
export const foundAccountItem = itemKind({
  name: "foundAccount",
  table: "identity",
  summary:
    "The account that carried a proven address when an operation looked for it: decided once, so that no copy of its message finds another, or makes one.",
  writers: ["identity"],
  readers: ["identity"],
  expiry: "2 d after it was written: no message of the operation is carried out as late",
  schema: z.strictObject({
    operationId,
    userId: userId.optional().meta({ description: "Absent: none so far, and the operation may make one" }),
    noneAtClaim: z.int().nonnegative().optional().meta({
      description:
        "The version of the address's claim that named none, 0: there was no claim. It alone may be replaced",
    }),
  }),
  key: (operation: string) => ({ pk: `operation#${operation}`, sk: "found-account" }),
  keyOf: ["operationId"],
});

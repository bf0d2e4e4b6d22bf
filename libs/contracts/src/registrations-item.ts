import { z } from "zod";
import { itemKind } from "./item-kind.ts";
import { challengeId, timestamp } from "./shapes.ts";

/** How many registrations of one address are told apart. */
export const REGISTRATIONS_KEPT = 16;

export const registrationsItem = itemKind({
  name: "registrations",
  table: "token",
  summary:
    "The registrations of one address, listed before any of them can be answered: where two were open at one moment with different passwords, neither password counts.",
  writers: ["token"],
  readers: ["token"],
  expiry: "2 d after the last of them can no longer be answered",
  schema: z.strictObject({
    registrations: z
      .array(
        z.strictObject({
          challengeId,
          from: timestamp.meta({ description: "When it was asked for" }),
          until: timestamp.meta({ description: "From then on it is answered by nobody" }),
          passwordTag: z.string().optional().meta({
            description:
              "HMAC of the password's hash, whose salt follows from the address: the same for the same password. Absent: not hashed yet",
          }),
        }),
      )
      .max(REGISTRATIONS_KEPT)
      .meta({ description: "Those that end last" }),
    crowdedUntil: timestamp.optional().meta({ description: "Until when one was open that is no longer listed" }),
  }),
  key: (addressHash: string) => ({ pk: `address#${addressHash}`, sk: "registrations" }),
  keyOf: ["HMAC of the normal address"],
});

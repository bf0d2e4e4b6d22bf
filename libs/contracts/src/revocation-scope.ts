import { z } from "zod";
import { personal } from "./secrecy.ts";
import { operatorReason, signInMethod, timestamp, userId } from "./shapes.ts";

/** Which sessions a pull of the andon cord voids. All but `ipRange` can be told from what an access token says. */
export const revocationScope = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all") }),
    z.strictObject({ kind: z.literal("user"), userId }),
    z.strictObject({ kind: z.literal("anonymous") }),
    z.strictObject({ kind: z.literal("accounts") }),
    z.strictObject({ kind: z.literal("method"), method: signInMethod }),
    z.strictObject({
      kind: z.literal("openedBefore"),
      at: timestamp.meta({ description: "Sessions opened in an earlier second than this one, UTC" }),
    }),
    z.strictObject({
      kind: z.literal("ipRange"),
      cidr: personal(
        z.union([z.cidrv4(), z.cidrv6()], { error: "must be an IPv4 or IPv6 range in CIDR notation" }),
      ).meta({
        description: "Sessions that were signed in to from here: CIDR notation, IPv4 or IPv6",
        examples: ["203.0.113.0/24"],
      }),
    }),
  ])
  .meta({ id: "RevocationScope", description: "Which sessions end", examples: [{ kind: "all" }] });
export type RevocationScope = z.output<typeof revocationScope>;

/** Why a cord was pulled, in an operator's words; shown to operators only. */
export const pullReason = operatorReason.meta({ examples: ["Signing key on a lost laptop"] });

/** Who pulled, as events and receipts name them. */
export const pulledBy = z.string().min(1).max(200).meta({
  description: "Who pulled: `key:` and an ops key's name, `user:` and an id, or what the message on the topic says",
});

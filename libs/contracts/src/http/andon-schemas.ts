import { z } from "zod";
import { pulledBy, pullReason, revocationScope } from "../revocation-scope.ts";
import { timestamp } from "../shapes.ts";
import { pendingOperation } from "./schemas.ts";

export const revocationId = z.uuid().meta({ description: "Names one bulk revocation" });

export const revocationAccepted = z
  .union([
    z.object({ revocationId }).meta({ description: "It is in force: what was opened before and is in scope is void" }),
    pendingOperation,
  ])
  .meta({ id: "RevocationAccepted" });

export const matchedSessions = z
  .object({ matched: z.int().nonnegative().meta({ description: "Live sessions in scope at this moment" }) })
  .meta({ id: "MatchedSessions" });

const milliseconds = z.number().nonnegative();

export const revocationReceipt = z
  .object({
    revocationId,
    state: z.enum(["effective", "sweeping", "done"]).meta({
      description:
        "All three: no session in scope is accepted. `sweeping`: their items are being marked; `done`: all are",
    }),
    number: z.int().positive().meta({ description: "Pulls are numbered; a session is void when its stamp is lower" }),
    scope: revocationScope,
    reason: pullReason,
    pulledBy,
    effectiveAt: timestamp,
    matched: z.int().nonnegative().meta({ description: "Live sessions in scope that the sweep has found so far" }),
    swept: z.int().nonnegative().meta({ description: "Of them, those whose item says that they have ended" }),
    gateways: z.object({
      known: z.int().nonnegative().meta({ description: "Gateways that served when it took effect" }),
      confirmed: z.int().nonnegative().meta({ description: "Of them, those that refuse what it has voided" }),
    }),
    propagationMs: z
      .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds, max: milliseconds })
      .nullable()
      .meta({
        description: "From taking effect to the first refusal, over the gateways; null: none has confirmed yet",
      }),
  })
  .meta({ id: "RevocationReceipt" });

export const revocationReceipts = z
  .object({
    revocations: z.array(revocationReceipt.omit({ gateways: true, propagationMs: true })),
    cursor: z.string().optional(),
  })
  .meta({ id: "RevocationReceipts" });

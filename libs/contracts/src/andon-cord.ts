import { z } from "zod";
import { pulledBy, pullReason, revocationScope } from "./revocation-scope.ts";

/** The topic that operations publish to, and the queue on it that gateways take pulls from; both have this name. */
export const ANDON_CORD = "andon-cord";

/** How late a message on the topic may have been pulled when it was published, and how far ahead its clock may be. */
export const CORD_WINDOW = { oldestSeconds: 15 * 60, aheadSeconds: 60 } as const;

/** A pull as operations publish it to the topic. The same `id` ever again is the same pull. */
export const cordMessage = z
  .strictObject({
    version: z.literal(1),
    id: z.uuid(),
    scope: revocationScope,
    reason: pullReason,
    pulledBy,
    pulledAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: "AndonCord" });
export type CordMessage = z.output<typeof cordMessage>;

/** What CloudWatch publishes to the topic when an alarm changes state (the parts that are read). */
export const cloudWatchAlarm = z
  .object({
    AlarmName: z.string().min(1).max(255),
    AlarmArn: z.string().min(1),
    NewStateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
    NewStateReason: z.string().default(""),
    StateChangeTime: z.string().meta({ examples: ["2026-11-21T12:00:00.000+0000"] }),
  })
  .meta({ id: "CloudWatchAlarm" });
export type CloudWatchAlarm = z.output<typeof cloudWatchAlarm>;

/** Why a message on the topic pulls nothing. */
export const cordRefusal = z.enum(["not_json", "schema_invalid", "too_old", "in_the_future", "alarm_scope_unset"]);
export type CordRefusal = z.output<typeof cordRefusal>;

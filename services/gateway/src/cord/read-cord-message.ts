import { createHash } from "node:crypto";
import { type CloudWatchAlarm, type CordMessage, cloudWatchAlarm, cordMessage } from "@lanyard/contracts";
import { asUuid } from "@lanyard/secrets";
import { lowerCaseScope } from "./alarm-scope.ts";
import type { CordReading, Pull } from "./decide-cord.ts";
import { jsonOf } from "./json-of.ts";

const LONGEST_REASON = 500;
const LONGEST_PULLED_BY = 200;

/** What stands in a message on the topic: a pull, or a CloudWatch alarm, which says no scope. */
export function readCordMessage(body: string): CordReading {
  const json = withoutEnvelope(jsonOf(body));
  if (json === undefined) return { kind: "unreadable", why: "not_json" };
  const message = cordMessage.safeParse(json);
  if (message.success) return { kind: "pull", ...pullOf(message.data) };
  const alarm = cloudWatchAlarm.safeParse(json);
  if (!alarm.success) return { kind: "unreadable", why: "schema_invalid" };
  const changedAt = changeTime(alarm.data);
  return {
    kind: "alarm",
    state: alarm.data.NewStateValue,
    ...(changedAt !== undefined && { change: { pulledAt: changedAt, pull: changeOf(alarm.data) } }),
  };
}

function pullOf({ id, scope, reason, pulledBy, pulledAt }: CordMessage): {
  readonly pulledAt: number;
  readonly pull: Omit<Pull, "pulledAt">;
} {
  const pull = { revocationId: id.toLowerCase(), scope: lowerCaseScope(scope), reason, pulledBy };
  return { pulledAt: Date.parse(pulledAt), pull };
}

function changeOf(alarm: CloudWatchAlarm): Omit<Pull, "pulledAt" | "scope"> {
  const { AlarmName, AlarmArn, NewStateReason, StateChangeTime } = alarm;
  return {
    revocationId: hashedUuid(`${AlarmArn}\n${StateChangeTime}`),
    reason: cut(NewStateReason === "" ? AlarmName : `${AlarmName}: ${NewStateReason}`, LONGEST_REASON),
    pulledBy: cut(`cloudwatch:${AlarmName}`, LONGEST_PULLED_BY),
  };
}

/** A UUID (version 8, RFC 9562) that follows from the text alone, whichever keys a gateway has. */
export const hashedUuid = (text: string): string => asUuid(createHash("sha256").update(text).digest());

/** As a subscription without raw delivery wraps it: what was published is JSON text in `Message`. */
function withoutEnvelope(json: unknown): unknown {
  const { Type, Message } = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  return Type === "Notification" && typeof Message === "string" ? jsonOf(Message) : json;
}

/** CloudWatch leaves out the colon that ISO 8601 has between hours and minutes of an offset. */
function changeTime({ StateChangeTime }: CloudWatchAlarm): number | undefined {
  const parsed = cordMessage.shape.pulledAt.safeParse(StateChangeTime.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return parsed.success ? Date.parse(parsed.data) : undefined;
}

/** At most so many UTF-16 units, and no half of a character at the end. */
const cut = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");

import type { CloudWatchAlarm, CordRefusal, RevocationScope } from "@lanyard/contracts";

/** What a message on the topic asks for, in the words of the flow that does it. */
export interface Pull {
  readonly revocationId: string;
  readonly scope: RevocationScope;
  readonly reason: string;
  readonly pulledBy: string;
  readonly pulledAt: string;
}

/** What stands in a message on the topic; `pulledAt` in milliseconds since the epoch. */
export type CordReading =
  | { readonly kind: "pull"; readonly pulledAt: number; readonly pull: Omit<Pull, "pulledAt"> }
  | {
      readonly kind: "alarm";
      readonly state: CloudWatchAlarm["NewStateValue"];
      /** Absent: its time cannot be read. */
      readonly change?: { readonly pulledAt: number; readonly pull: Omit<Pull, "pulledAt" | "scope"> };
    }
  | { readonly kind: "unreadable"; readonly why: Extract<CordRefusal, "not_json" | "schema_invalid"> };

export type CordDecision =
  | { readonly kind: "pull"; readonly pull: Pull }
  /** An alarm that is over, or that knows nothing. */
  | { readonly kind: "ignore"; readonly state: CloudWatchAlarm["NewStateValue"] }
  | { readonly kind: "refuse"; readonly why: CordRefusal };

export interface CordRules {
  /** What alarms pull; `undefined`: nothing. */
  readonly alarmScope: RevocationScope | undefined;
  readonly window: { readonly oldestSeconds: number; readonly aheadSeconds: number };
}

/**
 * What becomes of a message on the topic that the queue took at `publishedAt`, milliseconds since the epoch. Its age counts
 * up to then: however long it waits for an outage of ours to end, it does not get too old.
 */
export function decideCord(read: CordReading, publishedAt: number, rules: CordRules): CordDecision {
  switch (read.kind) {
    case "unreadable":
      return refuse(read.why);
    case "alarm":
      if (read.state !== "ALARM") return { kind: "ignore", state: read.state };
      if (read.change === undefined) return refuse("schema_invalid");
      if (rules.alarmScope === undefined) return refuse("alarm_scope_unset");
      return inTime(read.change.pulledAt, { ...read.change.pull, scope: rules.alarmScope }, publishedAt, rules);
    case "pull":
      return inTime(read.pulledAt, read.pull, publishedAt, rules);
  }
}

function inTime(
  pulledAt: number,
  pull: Omit<Pull, "pulledAt">,
  publishedAt: number,
  { window }: CordRules,
): CordDecision {
  if (publishedAt - pulledAt > window.oldestSeconds * 1000) return refuse("too_old");
  const latest = publishedAt + window.aheadSeconds * 1000;
  // A slip in a date would end every session there is.
  const isAhead = pulledAt > latest || (pull.scope.kind === "openedBefore" && Date.parse(pull.scope.at) > latest);
  if (isAhead) return refuse("in_the_future");
  return { kind: "pull", pull: { ...pull, pulledAt: new Date(pulledAt).toISOString() } };
}

const refuse = (why: CordRefusal): CordDecision => ({ kind: "refuse", why });

import { z } from "zod";
import { problemCode } from "./problems.ts";
import { personal } from "./secrecy.ts";
import { deviceId, json, jsonObject, operationId, timestamp, traceparent, userId } from "./shapes.ts";

/** What the gateway saw of whoever asked. */
export const client = z.object({
  ip: personal(z.string()),
  userAgent: personal(z.string().max(512)).optional(),
  device: z
    .strictObject({ userId: personal(userId), deviceId })
    .optional()
    .meta({ description: "A device that has signed in to that account before, as it has shown by its token" }),
});
export type Client = z.output<typeof client>;

/** Who may read the operation: a signed-in user, or whoever holds the operation's secret. */
export const caller = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("user"), userId: personal(userId) }),
]);
export type Caller = z.output<typeof caller>;

/** A routing slip: one command of one flow, with what came before it. */
export const commandMessage = z.strictObject({
  kind: z.literal("command"),
  type: z.string().meta({ description: "The command's name, as `session.open`" }),
  operationId,
  flow: z.strictObject({ name: z.string(), version: z.int().positive() }),
  position: z.int().nonnegative().meta({ description: "Index of this command in the flow" }),
  cursor: json.optional().meta({ description: "Where a command that sent itself again goes on" }),
  input: jsonObject,
  outputs: z.array(jsonObject).meta({ description: "One for each earlier step, sealed fields as JWE" }),
  caller,
  client,
  receivedAt: timestamp.meta({ description: "When the gateway received the request" }),
  notAfter: timestamp.meta({ description: "Not carried out after this; it then ends as `operation_expired`" }),
  replyTo: z.string().nullable().meta({ description: "Inbox queue of the gateway that waits" }),
  progress: z.boolean().meta({ description: "Whether each finished step is told to the inbox" }),
  derivationKid: z.string().meta({ description: "The key that every id of this operation is derived with" }),
  traceparent,
});
export type CommandMessage = z.output<typeof commandMessage>;

/** How a flow ended: recorded once for an operation, then replied. */
export const outcome = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("succeeded"),
    result: jsonObject,
    endedBy: z.string().optional().meta({
      description: "The command that ended the flow early, with a result of its own. Absent: all of it was done",
    }),
  }),
  z.strictObject({ state: z.literal("failed"), problem: z.looseObject({ code: problemCode }) }),
]);
export type Outcome = z.output<typeof outcome>;

export const recordedOutcome = z.strictObject({
  operationId,
  flow: z.strictObject({ name: z.string(), version: z.int().positive() }),
  caller,
  outcome,
  finishedAt: timestamp,
});
export type RecordedOutcome = z.output<typeof recordedOutcome>;

export const replyMessage = z.strictObject({
  kind: z.literal("reply"),
  operationId,
  recorded: recordedOutcome,
  traceparent,
});
export type ReplyMessage = z.output<typeof replyMessage>;

/** Best effort, and only for flows started with `progress`. */
export const progressMessage = z.strictObject({
  kind: z.literal("progress"),
  operationId,
  step: z.string(),
  position: z.int().nonnegative(),
  of: z.int().positive(),
  detail: jsonObject.optional().meta({ description: "How far a step is that is taken in parts" }),
  traceparent,
});
export type ProgressMessage = z.output<typeof progressMessage>;

/** CloudEvents 1.0, structured JSON mode, with the distributed tracing extension. */
export const eventMessage = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.string().meta({ description: "Derived from operation, step and type: the same event always has the same id" }),
  type: z.string(),
  source: z.string().meta({ examples: ["lanyard/session"] }),
  time: timestamp,
  datacontenttype: z.literal("application/json"),
  data: jsonObject,
  subject: userId.optional().meta({ description: "The user it is about, where one is known" }),
  operationid: z.string(),
  actorid: personal(userId).optional().meta({ description: "The signed-in user who asked for the operation" }),
  // Attributes of CloudEvents are plain values, with names in lower case.
  clientip: personal(z.string()).optional().meta({ description: "Where the operation was asked for" }),
  clientuseragent: personal(z.string().max(512)).optional(),
  traceparent,
});
export type EventMessage = z.output<typeof eventMessage>;

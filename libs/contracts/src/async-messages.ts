import { z } from "zod";
import type { Command } from "./command.ts";
import { commandMessage, eventMessage, outcome, progressMessage, recordedOutcome, replyMessage } from "./envelope.ts";
import type { Event } from "./event.ts";
import type { Flow } from "./flow.ts";
import type { SchemaComponents } from "./json-schema.ts";
import { sealedForm } from "./secrecy.ts";
import type { JsonObject } from "./shapes.ts";

/** The message of one command, with input and outputs as each flow that has the command carries them. */
export function documentCommand(command: Command, flows: readonly Flow[], components: SchemaComponents): JsonObject {
  components.schemas[`${command.name}.needs`] = components.of(command.input, "input");
  components.schemas[`${command.name}.adds`] = components.of(sealedForm(command.output));
  const slips = flows.flatMap((flow) =>
    flow.steps.flatMap((step, position) =>
      step.command.name === command.name ? [slipAt(flow, command, position)] : [],
    ),
  );
  return {
    ...message(command.name, command.summary),
    description: [
      `Needs \`${command.name}.needs\`, taken from the flow's input, earlier outputs and the flow's constants.`,
      `Adds \`${command.name}.adds\`.`,
      ...(command.events.length > 0 ? [`May publish: ${command.events.join(", ")}.`] : []),
      ...(command.problems.length > 0 ? [`May end the flow with: ${command.problems.join(", ")}.`] : []),
    ].join(" "),
    payload: components.of(oneOf(slips.length > 0 ? slips : [anySlip(command)])),
  };
}

function slipAt(flow: Flow, command: Command, position: number) {
  const [first, ...others] = flow.steps.slice(0, position).map((step) => sealedForm(step.command.output));
  return commandMessage.extend({
    type: z.literal(command.name),
    flow: exactly(flow),
    position: z.literal(position),
    cursor: z.unknown().optional(),
    input: sealedForm(flow.input),
    outputs: first === undefined ? z.array(anyObject).max(0) : z.tuple([first, ...others]),
  });
}

const oneOf = (schemas: readonly z.ZodType[]): z.ZodType =>
  (schemas.length === 1 ? schemas[0] : undefined) ?? z.union(schemas);

const anyObject = z.record(z.string(), z.unknown());

const anySlip = (command: Command) =>
  commandMessage.extend({
    type: z.literal(command.name),
    cursor: z.unknown().optional(),
    input: anyObject,
    outputs: z.array(anyObject),
  });

const exactly = (flow: Flow) => z.strictObject({ name: z.literal(flow.name), version: z.literal(flow.version) });

/** How a flow ended, as the gateway that waits is told. */
export function documentReply(flow: Flow, components: SchemaComponents): JsonObject {
  const early = flow.steps.flatMap(({ command }) => (command.endsWith === undefined ? [] : [command.endsWith]));
  const [succeeded, failed] = outcome.options;
  const ended = z.discriminatedUnion("state", [
    succeeded.extend({ result: oneOf([flow.result, ...early].map(sealedForm)) }),
    failed,
  ]);
  return {
    ...message(`${flow.name}.v${flow.version}.reply`, `How it ended. ${flow.summary}`),
    payload: components.of(
      replyMessage.extend({ recorded: recordedOutcome.extend({ flow: exactly(flow), outcome: ended }) }),
    ),
  };
}

export const documentProgress = (components: SchemaComponents): JsonObject => ({
  ...message("progress", "A step is done. Best effort, and only for flows started with `progress`."),
  payload: components.of(progressMessage),
});

/** A message that operations publish to the topic of the andon cord: no service has sealed it, and its body is all there is. */
export const documentCord = (
  name: string,
  summary: string,
  body: z.ZodType,
  components: SchemaComponents,
): JsonObject => ({
  name,
  title: name,
  summary,
  contentType: "application/json",
  // As a union of one it is referred to by its own name.
  payload: components.of(z.union([body]), "input"),
});

/** An event as CloudEvent, with its data. */
export const documentEvent = (event: Event, components: SchemaComponents): JsonObject => ({
  ...message(event.type, event.summary),
  payload: components.of(eventMessage.extend({ type: z.literal(event.type), data: event.data })),
});

const message = (name: string, summary: string): JsonObject => ({
  name,
  title: name,
  summary,
  contentType: "application/json",
  headers: { $ref: "#/components/schemas/attributes" },
});

import { DependencyUnavailable } from "@lanyard/aws";
import {
  type Caller,
  type CommandMessage,
  type Flow,
  type FlowStart,
  type Json,
  type Outcome,
  type ProblemCode,
  queueOf,
  type Step,
} from "@lanyard/contracts";
import { type Derivation, SealBroken, type Sealing, UnknownKey } from "@lanyard/secrets";
import type { Clock } from "./clock.ts";
import type { Disposition } from "./disposition.ts";
import { type Envelopes, PoisonMessage } from "./envelope.ts";
import { eventMessages } from "./event-messages.ts";
import { firstCommand } from "./first-command.ts";
import type { Handler, StepResult } from "./handler.ts";
import type { Log } from "./log.ts";
import { NotNow } from "./not-now.ts";
import { newOperationId, OPERATION_KEPT_MS } from "./operation-id.ts";
import type { Outcomes } from "./outcomes.ts";
import { openContext, sealFields } from "./sealed-fields.ts";
import { childSpan, traceIdOf } from "./trace.ts";
import { QueueGone, type ReceivedMessage, type Transport } from "./transport.ts";

export interface FlowRuntimeOptions {
  readonly flows: readonly Flow[];
  readonly handlers: readonly Handler[];
  readonly transport: Transport;
  readonly outcomes: Outcomes;
  readonly envelopes: Envelopes;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly log: Log;
  /** Told once for each run of a command. */
  readonly observe?: (run: { readonly command: string; readonly result: string; readonly seconds: number }) => void;
}

/** The message cannot be carried out as it stands, now or later. */
class CannotSucceed extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.name = "CannotSucceed";
    this.reason = reason;
  }
}

/**
 * Carries out one message of a flow: run the command, publish its events, forward the slip or record and reply.
 * Everything it does may be done again: what it wrote says so, ids are derived, the outcome is put if absent.
 */
export function flowRuntime(options: FlowRuntimeOptions): (received: ReceivedMessage) => Promise<Disposition> {
  const { transport, outcomes, envelopes, derivation, sealing, clock, log } = options;
  const flows = new Map(options.flows.map((flow) => [`${flow.name}/${flow.version}`, flow]));
  const handlers = new Map(options.handlers.map((handler) => [handler.command.name, handler]));

  return async (received) => {
    const startedAt = clock.now();
    let fields: Record<string, unknown> = { messageId: received.messageId };
    /** Says once what became of a delivery. */
    const finish = (disposition: Disposition, result: string, command: string, thrown?: unknown): Disposition => {
      const seconds = (clock.now() - startedAt) / 1000;
      options.observe?.({ command, result, seconds });
      const told = { ...fields, result, seconds, disposition: disposition.kind };
      if (disposition.kind === "delete") log.debug(told, "command carried out");
      else if (disposition.kind !== "retry" || thrown === undefined) log.warn(told, "command not carried out");
      else if (isExpected(thrown)) log.warn({ ...told, why: thrown.message }, "command not carried out");
      else log.error({ ...told, err: thrown }, "command failed");
      return disposition;
    };
    let command = "unreadable";
    try {
      const message = envelopes.readCommand(received);
      fields = logFields(message);
      const located = locate(message);
      if (located === undefined) return finish({ kind: "retry", reason: "flow_unknown" }, "flow_unknown", command);
      command = message.type;
      const result = await carryOut(message, located);
      return finish({ kind: "delete" }, result, command);
    } catch (error) {
      const disposition = dispositionOf(error);
      return finish(disposition, "reason" in disposition ? disposition.reason : disposition.kind, command, error);
    }
  };

  /** A flow or command this process does not know may be of a newer deployment: that is for a later try. */
  function locate(message: CommandMessage): { flow: Flow; step: Step; handler: Handler } | undefined {
    const flow = flows.get(`${message.flow.name}/${message.flow.version}`);
    const handler = handlers.get(message.type);
    const step = flow?.steps[message.position];
    if (flow === undefined || handler === undefined || step === undefined) return undefined;
    if (step.command.name !== message.type) throw new CannotSucceed("step_mismatch");
    return { flow, step, handler };
  }

  async function carryOut(
    message: CommandMessage,
    { flow, step, handler }: { flow: Flow; step: Step; handler: Handler },
  ): Promise<string> {
    // Nobody waits for what follows the answer, and what was answered has to come to its end.
    const isAnswered = message.position > answeredAfter(flow);
    const isOverdue = clock.now() > Date.parse(message.notAfter);
    if (isOverdue && !isAnswered && step.command.hasNoDeadline !== true) {
      await end(message, flow, failed("operation_expired"));
      return "operation_expired";
    }
    const context = await openContext(sealing, message, flow);
    const input = step.command.input.safeParse({ ...context, ...step.with });
    if (!input.success) throw new CannotSucceed("input_invalid");
    const writtenBy = `${message.operationId}/${step.command.name}${message.cursor === undefined ? "" : `@${JSON.stringify(message.cursor)}`}`;
    const result = await handler.run({
      operationId: message.operationId,
      writtenBy,
      input: input.data,
      caller: message.caller,
      client: message.client,
      derivationKid: message.derivationKid,
      receivedAt: message.receivedAt,
      ...(isOverdue && { isOverdue }),
      cursor: message.cursor,
      deriveUuid: (label) => derivation.uuid(message.derivationKid, "identifier", message.operationId, label),
    });
    const told = publish(message, step, writtenBy, context, result);
    // Where a part has a successor, its events have been told: a copy that finds it superseded has nothing to say.
    if (result.kind === "again") await all(told);
    // Otherwise events and the next hop do not wait for each other; the message is deleted only after both.
    await all([...told, go(message, flow, step, context, result)]);
    return result.kind === "problem" ? result.code : result.kind;
  }

  function publish(
    message: CommandMessage,
    step: Step,
    writtenBy: string,
    context: Readonly<Record<string, unknown>>,
    result: StepResult<unknown>,
  ): Promise<void>[] {
    return eventMessages({
      derivation,
      kid: message.derivationKid,
      writtenBy,
      source: step.command,
      occurrences: result.events,
      message,
      userId: context["userId"],
    }).map((event) => transport.publish("events", envelopes.event(event)));
  }

  /** What comes after the command: the next step, the same again, or the end. */
  async function go(
    message: CommandMessage,
    flow: Flow,
    step: Step,
    context: Record<string, unknown>,
    result: StepResult<Record<string, unknown>>,
  ): Promise<void> {
    switch (result.kind) {
      case "problem":
        return end(message, flow, { state: "failed", problem: { ...result.extra, code: result.code } });
      case "ended":
        return end(message, flow, {
          ...(await succeeded(message.operationId, step.command.endsWith ?? flow.result, result.result)),
          endedBy: step.command.name,
        });
      case "again":
        return all([
          forward({ ...message, cursor: result.cursor }, context),
          ...(result.progress === undefined ? [] : [tellProgress(message, flow, message.position, result.progress)]),
        ]);
      case "superseded":
        return;
      case "done": {
        const output = step.command.output.parse(result.output);
        const next = flow.steps[message.position + 1];
        if (message.position === answeredAfter(flow)) {
          const whole = { ...context, ...output };
          // Before the answer that names it: whoever reads it finds it under way.
          const startedOperationId = flow.starts && (await start(message, flow.starts, whole));
          const answer = flow.toResult({ ...whole, ...(startedOperationId !== undefined && { startedOperationId }) });
          await end(message, flow, await succeeded(message.operationId, flow.result, answer));
        }
        if (next === undefined) return;
        const { cursor: _, ...rest } = message;
        const slip = message.position < answeredAfter(flow) ? rest : { ...rest, replyTo: null };
        const outputs = [
          ...message.outputs,
          await sealFields(sealing, message.operationId, step.command.output, output),
        ];
        await all([
          forward(
            { ...slip, type: next.command.name, position: message.position + 1, outputs },
            { ...context, ...output },
          ),
          tellProgress(message, flow, message.position + 1),
        ]);
      }
    }
  }

  async function forward(message: CommandMessage, context: Record<string, unknown>): Promise<void> {
    const handler = flows.get(`${message.flow.name}/${message.flow.version}`)?.steps[message.position];
    if (handler === undefined) throw new CannotSucceed("step_mismatch");
    const traced = {
      ...message,
      traceparent: childSpan(message.traceparent, `${message.position}/${JSON.stringify(message.cursor ?? null)}`),
    };
    await transport.send(
      queueOf(handler.command),
      envelopes.command(traced, messageGroup(derivation, message, context)),
    );
  }

  /** The outcome first, then the reply: a lost reply loses nothing. */
  async function end(message: CommandMessage, flow: Flow, outcome: Outcome): Promise<void> {
    if (flow.recorded === false) return;
    const recorded = await outcomes.record({
      operationId: message.operationId,
      flow: { name: flow.name, version: flow.version },
      caller: message.caller,
      outcome,
      finishedAt: new Date(clock.now()).toISOString(),
    });
    await tellInbox(message, {
      kind: "reply",
      operationId: message.operationId,
      recorded,
      traceparent: message.traceparent,
    });
  }

  /** Begins another flow for the user whom this one is about; its id follows from this one's, so a repeat begins the same. */
  async function start(
    message: CommandMessage,
    { flow, toInput }: FlowStart,
    context: Record<string, unknown>,
  ): Promise<string | undefined> {
    const input = toInput(context);
    if (input === undefined) return undefined;
    const { derivationKid: kid, client, receivedAt } = message;
    const caller: Caller = { kind: "user", userId: String(context["userId"]) };
    const random = derivation.bytes(kid, "identifier", message.operationId, "starts", flow.name);
    const operationId = newOperationId(derivation, caller, Date.parse(receivedAt), random, kid);
    const { queue, message: started } = await firstCommand(sealing, flow, input, {
      operationId,
      caller,
      client,
      receivedAt,
      // It begins when this one ends, which may be at its last moment.
      notAfter: new Date(Date.parse(message.notAfter) + OPERATION_KEPT_MS).toISOString(),
      replyTo: null,
      progress: false,
      derivationKid: kid,
      traceparent: childSpan(message.traceparent, operationId),
    });
    await transport.send(queue, envelopes.command(started, messageGroup(derivation, started, input)));
    return operationId;
  }

  async function tellProgress(
    message: CommandMessage,
    flow: Flow,
    position: number,
    detail?: Record<string, Json>,
  ): Promise<void> {
    if (!message.progress) return;
    await tellInbox(message, {
      kind: "progress",
      operationId: message.operationId,
      step: message.type,
      position,
      of: flow.steps.length,
      ...(detail !== undefined && { detail }),
      traceparent: message.traceparent,
    });
  }

  async function tellInbox(message: CommandMessage, told: Parameters<Envelopes["inbox"]>[0]): Promise<void> {
    if (message.replyTo === null) return;
    try {
      await transport.send(message.replyTo, envelopes.inbox(told));
    } catch (error) {
      // Its gateway is gone: whoever still cares reads the outcome.
      if (!(error instanceof QueueGone)) throw error;
    }
  }

  async function succeeded(
    operationId: string,
    schema: Flow["result"],
    result: Record<string, unknown>,
  ): Promise<Extract<Outcome, { state: "succeeded" }>> {
    return { state: "succeeded", result: await sealFields(sealing, operationId, schema, schema.parse(result)) };
  }
}

/** Fair queues: the user's keyed hash, or the client's while there is no user. */
export function messageGroup(
  derivation: Derivation,
  message: Pick<CommandMessage, "client" | "derivationKid">,
  context: Readonly<Record<string, unknown>>,
): string {
  const member = typeof context["userId"] === "string" ? context["userId"] : message.client.ip;
  return derivation.bytes(message.derivationKid, "message-group", member).toString("base64url").slice(0, 22);
}

/** The step whose end is told to whoever asked. */
const answeredAfter = (flow: Flow): number => flow.answeredAfter ?? flow.steps.length - 1;

const failed = (code: ProblemCode, extra: Record<string, Json> = {}): Outcome => ({
  state: "failed",
  problem: { ...extra, code },
});

const logFields = (message: CommandMessage): Record<string, unknown> => ({
  command: message.type,
  operationId: message.operationId,
  flow: `${message.flow.name}/${message.flow.version}`,
  position: message.position,
  traceId: traceIdOf(message.traceparent),
});

const isExpected = (thrown: unknown): thrown is Error => thrown instanceof NotNow || thrown instanceof UnknownKey;

function dispositionOf(error: unknown): Disposition {
  if (error instanceof PoisonMessage || error instanceof CannotSucceed)
    return { kind: "dead-letter", reason: error.reason };
  if (error instanceof SealBroken) return { kind: "dead-letter", reason: "seal_broken" };
  if (error instanceof DependencyUnavailable) return { kind: "hold", dependency: error.dependency };
  if (error instanceof UnknownKey) return { kind: "retry", reason: "key_unknown" };
  if (error instanceof NotNow) {
    const { until } = error;
    return { kind: "retry", reason: "failed", ...(until !== undefined && { until }) };
  }
  return { kind: "retry", reason: "failed" };
}

/** Waits for all, even when one fails: nothing goes on in the background of a retry. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find((settled) => settled.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

import { commands, type RecordedOutcome } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";
import type { Response } from "express";
import { eventStream } from "../http/event-stream.ts";
import { problemBody } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { problemExtra } from "./answer-operation.ts";
import type { Dispatcher, Submission } from "./dispatcher.ts";
import { isPending, type Joins, type Pending } from "./joins.ts";
import { locationOf } from "./operation-id.ts";
import { openResult } from "./present-outcome.ts";

export interface StreamDeps {
  readonly dispatcher: Dispatcher;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Streamed {
  readonly submission: Omit<Submission, "onProgress">;
  /** How the operation ended, when it has ended before: nothing is sent then. */
  readonly ended: RecordedOutcome | undefined;
  /** The body of a 202. */
  readonly pending: Pending;
  readonly waitMs: number;
  readonly hungUp: AbortSignal;
  readonly joins: Joins;
  /** The name of the event that says how it ended when all went well; default `token-delivery`. */
  readonly lastEvent?: string | undefined;
}

/** Progress as it comes, then its last event or `problem`; `pending` when it takes longer than a request may. */
export async function streamOperation(
  deps: StreamDeps,
  { submission, ended, pending, waitMs, hungUp, joins, lastEvent = TOKENS }: Streamed,
  response: Response,
): Promise<void> {
  const { operationId, flow } = submission;
  // Progress may overtake the acknowledgement of the queue: it is held until the stream is open.
  const early: Record<string, unknown>[] = [];
  let tell = (progress: Record<string, unknown>): void => void early.push(progress);
  const accepted =
    ended === undefined
      ? await deps.dispatcher.submit({
          ...submission,
          onProgress: ({ step, position, of, detail }) =>
            tell({ step, position, of, ...(detail !== undefined && { detail }) }),
        })
      : undefined;
  const until = deps.clock.now() + waitMs;
  const events = eventStream(response, deps.clock);
  events.send("accepted", { ...pending, location: locationOf(operationId) });
  tell = (progress) => events.send("progress", progress);
  for (const progress of early) tell(progress);
  const recorded = ended ?? (await accepted?.outcomeWithin(waitMs, hungUp));
  const onProgress = (progress: Record<string, unknown>): void => tell(progress);
  const standing = recorded === undefined ? pending : await joins(recorded, { until, hungUp, onProgress });
  if (hungUp.aborted) return;
  if (isPending(standing)) {
    events.send("pending", { operationId: standing.operationId, location: locationOf(standing.operationId) });
  } else if (standing.outcome.state === "failed") {
    const { requestId } = contextOf(response);
    const extra = problemExtra(operationId, standing.outcome);
    events.send("problem", { problem: problemBody(standing.outcome.problem.code, requestId, extra) });
  } else {
    const { endedBy } = standing.outcome;
    const last = endedBy === undefined ? lastEvent : (earlyEvents[endedBy] ?? lastEvent);
    events.send(last, await openResult(deps.sealing, flow, operationId, standing.outcome));
    if (last === TOKENS) {
      const { requestId } = contextOf(response);
      deps.log.info({ operationId, flow: flow.name, requestId }, "tokens delivered by stream");
    }
  }
  events.end();
}

const TOKENS = "token-delivery";
/** The last event of a flow that a command has ended with a result of its own. */
const earlyEvents: Readonly<Record<string, string>> = { [commands.identity.beginSecondFactor.name]: "second-factor" };

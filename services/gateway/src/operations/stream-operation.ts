import type { RecordedOutcome } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";
import type { Response } from "express";
import { eventStream } from "../http/event-stream.ts";
import { problemBody } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { problemExtra } from "./answer-operation.ts";
import type { Dispatcher, Submission } from "./dispatcher.ts";
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
  readonly pending: Record<string, unknown>;
  readonly waitMs: number;
  readonly hungUp: AbortSignal;
}

/** Progress as it comes, then `token-delivery` or `problem`; `pending` when it takes longer than a request may. */
export async function streamOperation(
  deps: StreamDeps,
  { submission, ended, pending, waitMs, hungUp }: Streamed,
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
          onProgress: ({ step, position, of }) => tell({ step, position, of }),
        })
      : undefined;
  const events = eventStream(response, deps.clock);
  events.send("accepted", { ...pending, location: locationOf(operationId) });
  tell = (progress) => events.send("progress", progress);
  for (const progress of early) tell(progress);
  const recorded = ended ?? (await accepted?.outcomeWithin(waitMs, hungUp));
  if (hungUp.aborted) return;
  if (recorded === undefined) events.send("pending", { operationId, location: locationOf(operationId) });
  else if (recorded.outcome.state === "failed") {
    const { requestId } = contextOf(response);
    const extra = problemExtra(operationId, recorded.outcome);
    events.send("problem", { problem: problemBody(recorded.outcome.problem.code, requestId, extra) });
  } else {
    events.send("token-delivery", await openResult(deps.sealing, flow, operationId, recorded.outcome));
    deps.log.info(
      { operationId, flow: flow.name, requestId: contextOf(response).requestId },
      "tokens delivered by stream",
    );
  }
  events.end();
}

import type { Caller, Flow, RecordedOutcome, Route } from "@lanyard/contracts";
import type { Clock } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import type { Request, RequestHandler, Response } from "express";
import { callerOf, type Identity } from "../auth/authenticate.ts";
import { eventStream } from "../http/event-stream.ts";
import { preferencesOf } from "../http/preferences.ts";
import { ProblemError, type ProblemExtra, problemBody } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { validBody } from "../http/validate-body.ts";
import type { Accepted, Dispatcher } from "./dispatcher.ts";
import { locationOf, newOperationId, operationSecret } from "./operation-id.ts";
import { openResult } from "./present-outcome.ts";

export interface RunsFlowDeps {
  readonly dispatcher: Dispatcher;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  /** How long a request waits for its outcome before it answers 202. */
  readonly deadlineMs: number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Names the operation before anything can be wrong with the request, so that every answer carries its id. */
export const namesOperation =
  (deps: Pick<RunsFlowDeps, "derivation" | "randomBytes">): RequestHandler =>
  (_request, response, next) => {
    const { receivedAt } = contextOf(response);
    const operationId = newOperationId(deps.derivation, callerFrom(response), receivedAt, deps.randomBytes(10));
    response.locals["operationId"] = operationId;
    response.set("X-Operation-Id", operationId);
    next();
  };

/** The last step of every command route: request → flow → outcome, as JSON, as 202, or as a stream. */
export const runsFlow =
  (route: Route, deps: RunsFlowDeps): RequestHandler =>
  async (request, response) => {
    const { flow, body } = route;
    if (flow === undefined) throw new TypeError(`${route.id} starts no flow`);
    const { receivedAt, traceparent, client } = contextOf(response);
    const caller = callerFrom(response);
    const input = body === undefined ? {} : validBody(body, request);
    const operationId = String(response.locals["operationId"]);
    const submission = { operationId, flow, input, caller, client, receivedAt, traceparent };
    const preferences = preferencesOf(request.get("prefer"));
    const waitMs = Math.min(deps.deadlineMs, (preferences.waitSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const hungUp = hangUpOf(response);

    if (prefersStream(request)) return stream(deps, { submission, caller, waitMs, hungUp }, response);
    const accepted = await deps.dispatcher.submit(submission);
    // RFC 7240 section 4.3: with both preferences the answer is asynchronous only after the wait.
    const atOnce = preferences.respondAsync && preferences.waitSeconds === undefined;
    const recorded = await accepted.outcomeWithin(atOnce ? 0 : waitMs, hungUp);
    if (hungUp.aborted) return;
    if (recorded === undefined) {
      response.status(202).set("Location", locationOf(operationId)).set("Retry-After", "1");
      response.json(pending(deps, operationId, caller));
      return;
    }
    await answer(deps, route, flow, recorded, response);
  };

interface Streamed {
  readonly submission: Omit<Parameters<Dispatcher["submit"]>[0], "onProgress">;
  readonly caller: Caller;
  readonly waitMs: number;
  readonly hungUp: AbortSignal;
}

/** Progress as it comes, then `token-delivery` or `problem`; `pending` when it takes longer than a request may. */
async function stream(
  deps: RunsFlowDeps,
  { submission, caller, waitMs, hungUp }: Streamed,
  response: Response,
): Promise<void> {
  const { operationId, flow } = submission;
  // Progress may overtake the acknowledgement of the queue: it is held until the stream is open.
  const early: Record<string, unknown>[] = [];
  let tell = (progress: Record<string, unknown>): void => void early.push(progress);
  const accepted: Accepted = await deps.dispatcher.submit({
    ...submission,
    onProgress: ({ step, position, of }) => tell({ step, position, of }),
  });
  const events = eventStream(response, deps.clock);
  events.send("accepted", { ...pending(deps, operationId, caller), location: locationOf(operationId) });
  tell = (progress) => events.send("progress", progress);
  for (const progress of early) tell(progress);
  const recorded = await accepted.outcomeWithin(waitMs, hungUp);
  if (hungUp.aborted) return;
  if (recorded === undefined) events.send("pending", { operationId, location: locationOf(operationId) });
  else if (recorded.outcome.state === "failed") {
    const { code, ...extra } = recorded.outcome.problem;
    events.send("problem", { problem: problemBody(code, contextOf(response).requestId, extra as ProblemExtra) });
  } else events.send("token-delivery", await openResult(deps.sealing, flow, operationId, recorded.outcome));
  events.end();
}

async function answer(
  deps: RunsFlowDeps,
  route: Route,
  flow: Flow,
  recorded: RecordedOutcome,
  response: Response,
): Promise<void> {
  const { outcome, operationId } = recorded;
  switch (outcome.state) {
    case "failed": {
      const { code, ...extra } = outcome.problem;
      throw new ProblemError(code, extra as ProblemExtra);
    }
    case "succeeded": {
      const success = route.answers[0];
      response.status(success?.status ?? 200).json(await openResult(deps.sealing, flow, operationId, outcome));
    }
  }
}

function callerFrom(response: Response): Caller {
  const identity = response.locals["identity"] as Identity | undefined;
  return identity === undefined ? { kind: "none" } : callerOf(identity);
}

const pending = (deps: RunsFlowDeps, operationId: string, caller: Caller): Record<string, unknown> => ({
  operationId,
  status: "pending",
  ...(caller.kind === "none" ? { operationSecret: operationSecret(deps.derivation, operationId) } : {}),
});

/** Aborted once nobody reads the answer any more. */
function hangUpOf(response: Response): AbortSignal {
  const hangUp = new AbortController();
  response.on("close", () => hangUp.abort());
  if (response.closed) hangUp.abort();
  return hangUp.signal;
}

const prefersStream = (request: Request): boolean =>
  request.accepts(["application/json", "text/event-stream"]) === "text/event-stream";

import type { Caller, JsonObject, Route } from "@lanyard/contracts";
import type { Clock, Outcomes } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import type { Request, RequestHandler, Response } from "express";
import { callerOf, type Identity } from "../auth/authenticate.ts";
import { preferencesOf } from "../http/preferences.ts";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { validBody } from "../http/validate-body.ts";
import type { Bindings } from "../idempotency/bindings.ts";
import { boundOperation } from "../idempotency/bound-operation.ts";
import { idempotencyKeyOf } from "../idempotency/idempotency-key.ts";
import { answerOperation } from "./answer-operation.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { locationOf, newOperationId, operationSecret } from "./operation-id.ts";
import { isGone } from "./present-outcome.ts";
import { streamOperation } from "./stream-operation.ts";

export interface RunsFlowDeps {
  readonly dispatcher: Dispatcher;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  /** How long a request waits for its outcome before it answers 202. */
  readonly deadlineMs: number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly bindings: Bindings;
  readonly outcomes: Pick<Outcomes, "read">;
}

/** What a route makes of a request for its flow, and what it does with the answer besides sending it. */
export interface FlowRoute {
  /** Default: the body by its schema. @throws ProblemError */
  readonly toInput?: (request: Request, response: Response) => JsonObject;
  /** Called with an operation that succeeded, before its answer is sent. */
  readonly onSuccess?: (input: JsonObject) => void;
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
  (route: Route, deps: RunsFlowDeps, { toInput, onSuccess }: FlowRoute = {}): RequestHandler =>
  async (request, response) => {
    const { flow, body } = route;
    const [success] = route.answers;
    if (flow === undefined || success === undefined) throw new TypeError(`${route.id} starts no flow`);
    const { receivedAt, traceparent, client } = contextOf(response);
    const caller = callerFrom(response);
    const understood = body === undefined ? {} : validBody(body, request);
    const input = toInput?.(request, response) ?? understood;
    const key = idempotencyKeyOf(request.get("idempotency-key"), caller);
    const fresh = { operationId: String(response.locals["operationId"]), receivedAt, client, traceparent };
    // The input too: it may come from the credentials, and another session of one user is another request.
    const sameness = [route.method, request.originalUrl, JSON.stringify(understood), JSON.stringify(input)];
    const onBound = (id: string): void => {
      response.locals["operationId"] = id;
      response.set("X-Operation-Id", id);
    };
    const { ended, ...bound } =
      key === undefined
        ? { ...fresh, ended: undefined }
        : await boundOperation({ ...deps, onBound }, { ...fresh, key, caller, request: sameness });
    const { operationId } = bound;
    if (ended !== undefined && isGone(flow, ended, deps.clock.now())) throw new ProblemError("outcome_gone");
    const preferences = preferencesOf(request.get("prefer"));
    const waitMs = Math.min(deps.deadlineMs, (preferences.waitSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const submission = { ...bound, flow, input, caller };
    const asked = {
      submission,
      ended,
      pending: pending(deps, operationId, caller),
      waitMs,
      hungUp: hangUpOf(response),
    };

    if (streams(route) && prefersStream(request)) return streamOperation(deps, asked, response);
    if (ended !== undefined) return answerOperation(deps, { flow, answer: success, recorded: ended }, response);
    const accepted = await deps.dispatcher.submit(submission);
    // RFC 7240 section 4.3: with both preferences the answer is asynchronous only after the wait.
    const atOnce = preferences.respondAsync && preferences.waitSeconds === undefined;
    const recorded = await accepted.outcomeWithin(atOnce ? 0 : waitMs, asked.hungUp);
    if (asked.hungUp.aborted) return;
    if (recorded === undefined) {
      response.status(202).set("Location", locationOf(operationId)).set("Retry-After", "1");
      response.json(asked.pending);
      return;
    }
    if (recorded.outcome.state === "succeeded") onSuccess?.(input);
    await answerOperation(deps, { flow, answer: success, recorded }, response);
  };

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

/** Whether the route's contract has an answer in events. */
const streams = (route: Route): boolean => route.answers.some(({ mediaType }) => mediaType === "text/event-stream");

const prefersStream = (request: Request): boolean =>
  request.accepts(["application/json", "text/event-stream"]) === "text/event-stream";

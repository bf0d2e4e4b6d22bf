import type { Caller, JsonObject, Route } from "@lanyard/contracts";
import { type Clock, type Log, newOperationId, type Outcomes } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import type { Request, RequestHandler, Response } from "express";
import { callerOf, type Identity } from "../auth/authenticate.ts";
import { prefersEventStream } from "../http/event-stream.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { preferencesOf } from "../http/preferences.ts";
import { ProblemError } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { validBody } from "../http/validate-body.ts";
import type { Bindings } from "../idempotency/bindings.ts";
import { boundOperation } from "../idempotency/bound-operation.ts";
import { idempotencyKeyOf } from "../idempotency/idempotency-key.ts";
import { type Admission, type AdmissionDeps, admit } from "../limits/admission.ts";
import { limitsOf } from "../limits/limits-of.ts";
import { answerOperation, type ToAnswer } from "./answer-operation.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { isPending, type Joins, joinsNothing, type Pending } from "./joins.ts";
import { locationOf, operationSecret } from "./operation-id.ts";
import { isGone } from "./present-outcome.ts";
import { streamOperation } from "./stream-operation.ts";

export interface RunsFlowDeps extends AdmissionDeps {
  readonly dispatcher: Dispatcher;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a request waits for its outcome before it answers 202. */
  readonly deadlineMs: number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly bindings: Bindings;
  readonly outcomes: Pick<Outcomes, "read">;
  /** The account that carries a normal address. */
  readonly accountOf: (email: string) => Promise<string | undefined>;
}

/** What a route makes of a request for its flow, and what it does with the answer besides sending it. */
export interface FlowRoute {
  /** Makes the input of what was understood of the body. Default: that itself. @throws ProblemError */
  readonly toInput?: (body: JsonObject, request: Request, response: Response) => JsonObject;
  /**
   * What the flow is given besides, that has to be looked up, and may be there no more when the request comes again: a
   * replay does not ask for it. @throws ProblemError
   */
  readonly lookUp?: (body: JsonObject, response: Response) => Promise<JsonObject>;
  /** Asked before a new operation begins, of the request as it was understood; a replay is not asked. @throws ProblemError */
  readonly mayBegin?: (body: JsonObject, response: Response) => Promise<void>;
  /** Whether a request to a route that may demand a fresh factor demands it. Default: every one does. */
  readonly stepUpWhen?: (body: JsonObject, hasSecondFactor: boolean) => boolean;
  /** Whether a request counts against the limits of its route. Default: every one does. */
  readonly isLimited?: (body: JsonObject) => boolean;
  /** What the flow is given besides: must follow from the operation alone, so that a replay asks for the same. */
  readonly fromOperation?: (operation: { readonly operationId: string; readonly derivationKid: string }) => JsonObject;
  /**
   * What the request is answered with as soon as the queue has its command, whatever becomes of it: must follow from the
   * operation alone, so that a replay reads the same. Default: the answer waits for the outcome.
   */
  readonly answersAtOnce?: (operation: {
    readonly operationId: string;
    /** Milliseconds since the epoch. */
    readonly receivedAt: number;
    readonly derivationKid: string;
  }) => JsonObject;
  /** What becomes of an operation that has joined another. Default: none does. */
  readonly joins?: Joins;
  /** The name of the event that a stream ends with when all went well. Default: `token-delivery`. */
  readonly lastEvent?: string;
  /** What is answered of the flow's own result, and under which headers. Default: all of it, under none. */
  readonly toAnswer?: ToAnswer;
  /** Called with an operation that succeeded, all of it; its answer is sent afterwards. */
  readonly onSuccess?: (input: JsonObject, result: JsonObject) => void | Promise<void>;
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
export function runsFlow(
  route: Route,
  deps: RunsFlowDeps,
  {
    toInput,
    mayBegin,
    lookUp,
    isLimited = () => true,
    fromOperation,
    onSuccess,
    answersAtOnce,
    joins = joinsNothing,
    lastEvent,
    toAnswer,
  }: FlowRoute = {},
): RequestHandler {
  const { flow, body } = route;
  const [success] = route.answers;
  if (flow === undefined || success === undefined) throw new TypeError(`${route.id} starts no flow`);
  if ((answersAtOnce !== undefined) !== (route.answersAtOnce === true)) {
    throw new TypeError(`${route.id}: contract and gateway differ in whether it answers at once`);
  }
  return async (request, response) => {
    const { receivedAt, traceparent, client } = contextOf(response);
    const caller = callerFrom(response);
    const understood = body === undefined ? {} : validBody(body, request);
    const asks = toInput?.(understood, request, response) ?? understood;
    let lookedUp: Promise<JsonObject> | undefined;
    const found = (): Promise<JsonObject> => (lookedUp ??= lookUp?.(understood, response) ?? Promise.resolve({}));
    const key = idempotencyKeyOf(request.get("idempotency-key"), caller);
    const fresh = { operationId: String(response.locals["operationId"]), receivedAt, client, traceparent };
    const onBound = (id: string): void => {
      response.locals["operationId"] = id;
      response.set("X-Operation-Id", id);
    };
    const limits = isLimited(understood) ? route.limits : undefined;
    const asking = { ip: client.ip, address: addressOf(asks), device: client.device };
    const isAdmitted = async (): Promise<Admission> => {
      await mayBegin?.(understood, response);
      await found();
      if (limits === undefined) return UNCOUNTED;
      return admit(deps, await limitsOf(limits, asking, deps.accountOf), asking, response);
    };
    const asksFirst = limits !== undefined || lookUp !== undefined || mayBegin !== undefined;
    const counting = asksFirst ? { admit: isAdmitted } : {};
    const { ended, ...bound } =
      key === undefined
        ? { ...(await admitted(fresh, counting.admit)), ended: undefined }
        : await boundOperation(
            { ...deps, onBound, ...counting },
            {
              ...fresh,
              key,
              caller,
              // The input too: it may come from the credentials, and another session of one user is another request.
              request: [route.method, request.originalUrl, JSON.stringify(understood), JSON.stringify(asks)],
            },
          );
    const { operationId } = bound;
    if (ended !== undefined && isGone(flow, ended, deps.clock.now())) throw new ProblemError("outcome_gone");
    const preferences = preferencesOf(request.get("prefer"));
    const waitMs = Math.min(deps.deadlineMs, (preferences.waitSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const { derivationKid = deps.derivation.currentKid } = bound;
    const besides = ended === undefined ? await found() : {};
    const input = { ...asks, ...besides, ...fromOperation?.({ operationId, derivationKid }) };
    const submission = { ...bound, flow, input, caller };
    const asked = {
      submission,
      ended,
      pending: pending(deps, operationId, caller),
      waitMs,
      hungUp: hangUpOf(response),
      joins,
      lastEvent,
    };

    if (streams(route) && prefersEventStream(request)) return streamOperation(deps, asked, response);
    if (answersAtOnce !== undefined) {
      if (ended === undefined) await (await deps.dispatcher.submit(submission)).outcomeWithin(0);
      response.status(success.status).json(answersAtOnce({ operationId, receivedAt: bound.receivedAt, derivationKid }));
      return;
    }
    // RFC 7240 section 4.3: with both preferences the answer is asynchronous only after the wait.
    const atOnce = preferences.respondAsync && preferences.waitSeconds === undefined;
    const ms = atOnce ? 0 : waitMs;
    const { hungUp } = asked;
    const accepted = ended === undefined ? await deps.dispatcher.submit(submission) : undefined;
    const until = deps.clock.now() + ms;
    const recorded = ended ?? (await accepted?.outcomeWithin(ms, hungUp));
    const standing = recorded === undefined ? asked.pending : await joins(recorded, { until, hungUp });
    if (hungUp.aborted) return;
    if (isPending(standing)) {
      response.status(202).set("Location", locationOf(standing.operationId)).set("Retry-After", "1");
      response.json(standing);
      return;
    }
    if (ended === undefined && standing.outcome.state === "succeeded" && standing.outcome.endedBy === undefined) {
      await onSuccess?.(input, standing.outcome.result);
    }
    await answerOperation(deps, { flow, answer: success, recorded: standing, input, toAnswer }, response);
  };
}

const UNCOUNTED: Admission = { kind: "admitted", giveBack: async () => undefined };

function callerFrom(response: Response): Caller {
  const identity = response.locals["identity"] as Identity | undefined;
  return identity === undefined ? { kind: "none" } : callerOf(identity);
}

async function admitted<Fresh>(fresh: Fresh, counts?: () => Promise<Admission>): Promise<Fresh> {
  const admission = await counts?.();
  if (admission?.kind === "refused") throw admission.problem;
  return fresh;
}

/** The mail address that a flow is about, in its normal form. */
const addressOf = ({ email, newEmail = email }: JsonObject): string | undefined =>
  typeof newEmail === "string" ? newEmail : undefined;

const pending = (deps: RunsFlowDeps, operationId: string, caller: Caller): Pending => ({
  operationId,
  status: "pending",
  ...(caller.kind === "none" ? { operationSecret: operationSecret(deps.derivation, operationId) } : {}),
});

/** Whether the route's contract has an answer in events. */
const streams = (route: Route): boolean => route.answers.some(({ mediaType }) => mediaType === "text/event-stream");

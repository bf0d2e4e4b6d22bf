import { type Caller, flows } from "@lanyard/contracts";
import { type Log, newOperationId } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { RequestHandler } from "express";
import { type Operator, operatorOf } from "../auth/authenticate-operator.ts";
import { contextOf, type RequestContext } from "../http/request-context.ts";
import type { Dispatcher } from "../operations/dispatcher.ts";

export interface OperatorActionsOptions {
  readonly dispatcher: Pick<Dispatcher, "send">;
  readonly derivation: Derivation;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Log;
}

/** Ids of what an operator was shown; more of them say no more. */
const MOST_TARGETS = 20;

/** As events name an operator. */
export const operatorNameOf = (operator: Operator): string => {
  switch (operator.by) {
    case "key":
      return `key:${operator.keyName}`;
    case "token":
      return `user:${operator.userId}`;
  }
};

/**
 * Tells what operators read, in the background, as events. No answer waits for this or fails by it: what cannot be told
 * because the queue is down stands in the log.
 */
export class OperatorActions {
  readonly #options: OperatorActionsOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: OperatorActionsOptions) {
    this.#options = options;
  }

  note(operator: Operator, action: string, targets: readonly string[], request: RequestContext): void {
    const telling = this.#tell(operator, action, targets, request).finally(() => this.#underWay.delete(telling));
    this.#underWay.add(telling);
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #tell(operator: Operator, action: string, targets: readonly string[], request: RequestContext): Promise<void> {
    const { dispatcher, derivation, randomBytes, log } = this.#options;
    const { receivedAt, client, traceparent, requestId } = request;
    const by = operatorNameOf(operator);
    try {
      const caller: Caller = operator.by === "token" ? { kind: "user", userId: operator.userId } : { kind: "none" };
      const operationId = newOperationId(derivation, caller, receivedAt, randomBytes(10));
      const input = { by, action, targets: targets.slice(0, MOST_TARGETS) };
      const flow = flows.recordOperatorAction;
      await dispatcher.send({ operationId, flow, input, caller, client, receivedAt, traceparent });
    } catch (error) {
      log.warn({ err: error, requestId, action }, "what an operator read could not be told");
    }
  }
}

/** A read says here what it has shown. */
export const showed = (response: { locals: Record<string, unknown> }, targets: readonly string[]): void => {
  response.locals["targets"] = targets;
};

/** The step that tells of a read once it is answered, found or not; what was refused has shown nothing. */
export const recordsAction =
  (action: string, actions: Pick<OperatorActions, "note">): RequestHandler =>
  (_request, response, next) => {
    response.on("close", () => {
      if (response.statusCode !== 200 && response.statusCode !== 404) return;
      const targets = (response.locals["targets"] as readonly string[] | undefined) ?? [];
      actions.note(operatorOf(response), action, targets, contextOf(response));
    });
    next();
  };

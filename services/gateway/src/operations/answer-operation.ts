import type { Flow, JsonObject, Outcome, RecordedOutcome, RouteAnswer } from "@lanyard/contracts";
import type { Sealing } from "@lanyard/secrets";
import type { Response } from "express";
import { ProblemError, type ProblemExtra } from "../http/problem.ts";
import { openResult } from "./present-outcome.ts";

/**
 * Makes an answer of a flow's result and of its input; must follow from them alone, so that a replay reads the same.
 */
export type ToAnswer = (
  result: Record<string, unknown>,
  input: JsonObject,
) => { readonly body: object; readonly headers: Readonly<Record<string, string>> };

const wholeResult: ToAnswer = (body) => ({ body, headers: {} });

/** Answers with how an operation ended, the same to the letter however often. @throws ProblemError when it failed */
export async function answerOperation(
  { sealing }: { readonly sealing: Sealing },
  {
    flow,
    answer,
    recorded,
    input,
    toAnswer = wholeResult,
  }: {
    readonly flow: Flow;
    readonly answer: RouteAnswer;
    readonly recorded: RecordedOutcome;
    readonly input: JsonObject;
    readonly toAnswer: ToAnswer | undefined;
  },
  response: Response,
): Promise<void> {
  const { operationId, outcome } = recorded;
  switch (outcome.state) {
    case "failed":
      throw new ProblemError(outcome.problem.code, problemExtra(operationId, outcome));
    case "succeeded":
      response.status(answer.status);
      if (answer.body === undefined) response.end();
      else {
        const result = await openResult(sealing, flow, operationId, outcome);
        const { body, headers } = (outcome.endedBy === undefined ? toAnswer : wholeResult)(result, input);
        response.set(headers).json(body);
      }
  }
}

/** Named for the operation and not the request, so that a replay reads the same. */
export function problemExtra(
  operationId: string,
  { problem }: Extract<Outcome, { readonly state: "failed" }>,
): ProblemExtra {
  const { code: _, ...extra } = problem;
  return { ...(extra as ProblemExtra), instance: `urn:lanyard:operation:${operationId}` };
}

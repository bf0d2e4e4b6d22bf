import type { Flow, Outcome, RecordedOutcome, RouteAnswer } from "@lanyard/contracts";
import type { Sealing } from "@lanyard/secrets";
import type { Response } from "express";
import { ProblemError, type ProblemExtra } from "../http/problem.ts";
import { openResult } from "./present-outcome.ts";

/** Answers with how an operation ended, the same to the letter however often. @throws ProblemError when it failed */
export async function answerOperation(
  { sealing }: { readonly sealing: Sealing },
  { flow, answer, recorded }: { readonly flow: Flow; readonly answer: RouteAnswer; readonly recorded: RecordedOutcome },
  response: Response,
): Promise<void> {
  const { operationId, outcome } = recorded;
  switch (outcome.state) {
    case "failed":
      throw new ProblemError(outcome.problem.code, problemExtra(operationId, outcome));
    case "succeeded":
      response.status(answer.status);
      if (answer.body === undefined) response.end();
      else response.json(await openResult(sealing, flow, operationId, outcome));
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

import { type Flow, type Outcome, problems, type RecordedOutcome, sealedFields, wireCode } from "@lanyard/contracts";
import { openFields } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";

/** Answers that carry secrets can be had for this long. */
export const SECRETS_KEPT_MS = 10 * 60_000;

/** The flow's result with its secrets opened, its fields in the order of its schema, so that it reads alike every time. */
export async function openResult(
  sealing: Sealing,
  flow: Flow,
  operationId: string,
  succeeded: Extract<Outcome, { state: "succeeded" }>,
): Promise<Record<string, unknown>> {
  return flow.result.parse(await openFields(sealing, operationId, flow.result, succeeded.result));
}

/** Whether an outcome carried secrets and its time is over. */
export const isGone = (flow: Flow, recorded: RecordedOutcome, now: number): boolean =>
  recorded.outcome.state === "succeeded" &&
  sealedFields(flow.result).length > 0 &&
  now - Date.parse(recorded.finishedAt) > SECRETS_KEPT_MS;

/** A finished operation as `/operations/{id}` shows it. */
export async function presentOutcome(
  sealing: Sealing,
  flow: Flow,
  recorded: RecordedOutcome,
): Promise<Record<string, unknown>> {
  const { operationId, finishedAt, outcome } = recorded;
  switch (outcome.state) {
    case "succeeded":
      return {
        operationId,
        status: "succeeded",
        finishedAt,
        result: await openResult(sealing, flow, operationId, outcome),
      };
    case "failed": {
      const { code } = outcome.problem;
      return {
        operationId,
        status: "failed",
        finishedAt,
        problem: {
          ...outcome.problem,
          code: wireCode(code),
          status: problems[code].status,
          title: problems[code].title,
        },
      };
    }
  }
}

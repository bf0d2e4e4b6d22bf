import { type Flow, type Outcome, problems, type RecordedOutcome, sealedFields, wireCode } from "@lanyard/contracts";
import { openFields } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";

/** Answers that carry secrets can be had for this long. */
export const SECRETS_KEPT_MS = 10 * 60_000;

/** The result with its secrets opened, its fields in the order of its schema, so that it reads alike every time. */
export async function openResult(
  sealing: Sealing,
  flow: Flow,
  operationId: string,
  succeeded: Extract<Outcome, { state: "succeeded" }>,
): Promise<Record<string, unknown>> {
  const schema = resultSchemaOf(flow, succeeded.endedBy);
  return schema.parse(await openFields(sealing, operationId, schema, succeeded.result));
}

/** What a flow's result looks like: of the flow, or of the command that has ended it early. */
export function resultSchemaOf(flow: Flow, endedBy: string | undefined): Flow["result"] {
  if (endedBy === undefined) return flow.result;
  const early = flow.steps.find(({ command }) => command.name === endedBy)?.command.endsWith;
  if (early === undefined) throw new Error(`${flow.name} is not ended by ${endedBy}`);
  return early;
}

/** Whether an outcome carried secrets and its time is over. */
export const isGone = (flow: Flow, recorded: RecordedOutcome, now: number): boolean =>
  recorded.outcome.state === "succeeded" &&
  sealedFields(resultSchemaOf(flow, recorded.outcome.endedBy)).length > 0 &&
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

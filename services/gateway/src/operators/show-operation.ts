import { type Flow, flows, httpSchemas, type Outcome, problems, redact, wireCode } from "@lanyard/contracts";
import type { Outcomes } from "@lanyard/messaging";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
import { resultSchemaOf } from "../operations/present-outcome.ts";
import { showed } from "./operator-actions.ts";

/** `GET /admin/operations/{operationId}`: how it ended, for whoever operates. What is sealed stays sealed, and is not shown. */
export const showOperation =
  ({ operations }: { readonly operations: { readonly outcomes: Pick<Outcomes, "read"> } }): RequestHandler =>
  async (request, response) => {
    const operationId = String(request.params["operationId"]);
    const recorded = await operations.outcomes.read(operationId);
    if (recorded === undefined) throw new ProblemError("operation_not_found");
    const { flow, finishedAt, outcome } = recorded;
    const known = flows.allFlows.find(({ name, version }) => name === flow.name && version === flow.version);
    showed(response, [operationId]);
    response.json(
      httpSchemas.operatorsOperation.parse({
        operationId,
        status: outcome.state,
        flow: `${flow.name}/${flow.version}`,
        finishedAt,
        ...(outcome.state === "succeeded"
          ? known === undefined
            ? {}
            : { result: redact(schemaOf(known, outcome), outcome.result) }
          : { problem: presentProblem(outcome.problem.code) }),
      }),
    );
  };

/** Of the flow, or of the command that has ended it with another result; outcomes of before do not name it. */
const schemaOf = (flow: Flow, { result, endedBy }: Extract<Outcome, { state: "succeeded" }>): Flow["result"] =>
  endedBy !== undefined
    ? resultSchemaOf(flow, endedBy)
    : (flow.steps
        .flatMap(({ command }) => command.endsWith ?? [])
        .find((other) => other.strict().safeParse(result).success) ?? flow.result);

const presentProblem = (code: keyof typeof problems): object => ({
  code: wireCode(code),
  status: problems[code].status,
  title: problems[code].title,
});

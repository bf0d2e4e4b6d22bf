import { type Flow, flows, httpSchemas, type JsonObject, problems, redact, wireCode } from "@lanyard/contracts";
import type { Outcomes } from "@lanyard/messaging";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
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
            : { result: redact(schemaOf(known, outcome.result), outcome.result) }
          : { problem: presentProblem(outcome.problem.code) }),
      }),
    );
  };

/** Of the flow, or of the command that has ended it with another result. */
const schemaOf = ({ result, steps }: Flow, found: JsonObject): Flow["result"] =>
  steps.flatMap(({ command }) => command.endsWith ?? []).find((other) => other.strict().safeParse(found).success) ??
  result;

const presentProblem = (code: keyof typeof problems): object => ({
  code: wireCode(code),
  status: problems[code].status,
  title: problems[code].title,
});

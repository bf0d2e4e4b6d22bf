import type { SchemaComponents } from "../json-schema.ts";
import { type ProblemCode, problemDetails, problems, problemType } from "../problems.ts";
import type { JsonObject } from "../shapes.ts";
import { answerExamples } from "./examples.ts";
import { possibleProblems } from "./possible-problems.ts";
import type { Route, RouteAnswer } from "./route.ts";

/** Headers under `components.headers` of the OpenAPI document. */
export const responseHeaders: JsonObject = {
  "X-Request-Id": {
    description: "Names this request in logs",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
  "X-Operation-Id": {
    description: "Names the run of the command flow",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
  Location: {
    description: "Where to read the operation",
    required: true,
    schema: { type: "string", format: "uri-reference" },
  },
  "Retry-After": {
    description: "Seconds to wait before the same request",
    required: true,
    schema: { type: "integer", minimum: 0 },
  },
  "WWW-Authenticate": {
    description: "RFC 6750 challenge",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
};

/** The `responses` of one operation: its answers and every problem it may end with, by status. */
export function documentResponses(route: Route, components: SchemaComponents): JsonObject {
  const codes = possibleProblems(route);
  const statuses = new Set([
    ...route.answers.map(({ status }) => status),
    ...codes.map((code) => problems[code].status),
  ]);
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => {
        const answers = route.answers.filter((answer) => answer.status === status);
        const codesHere = codes.filter((code) => problems[code].status === status);
        return [status, documentResponse(route, status, answers, codesHere, components)];
      }),
  );
}

function documentResponse(
  route: Route,
  status: number,
  answers: readonly RouteAnswer[],
  codes: readonly ProblemCode[],
  components: SchemaComponents,
): JsonObject {
  const content: JsonObject = {};
  for (const { body, mediaType = "application/json" } of answers) {
    if (body === undefined) continue;
    const example = answerExamples[route.id]?.[status];
    content[mediaType] = { schema: components.of(body), ...(example === undefined ? {} : { example }) };
  }
  if (codes.length > 0) content["application/problem+json"] = documentProblems(route, status, codes, components);
  return {
    description: [...answers.map(({ description }) => description), ...codes.map((code) => problems[code].title)].join(
      "\n\n",
    ),
    headers: Object.fromEntries(
      headersOf(route, status, codes).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function documentProblems(
  route: Route,
  status: number,
  codes: readonly ProblemCode[],
  components: SchemaComponents,
): JsonObject {
  return {
    schema: {
      allOf: [
        components.of(problemDetails),
        { type: "object", properties: { status: { const: status }, code: { enum: [...codes] } } },
      ],
    },
    examples: Object.fromEntries(
      codes.map((code) => [
        code,
        { value: { type: problemType(code), title: problems[code].title, status, code, instance: route.path } },
      ]),
    ),
  };
}

function headersOf(route: Route, status: number, codes: readonly ProblemCode[]): readonly string[] {
  return [
    "X-Request-Id",
    ...(route.flow === undefined ? [] : ["X-Operation-Id"]),
    ...(status === 202 ? ["Location"] : []),
    ...(codes.some((code) => problems[code].retry === true) ? ["Retry-After"] : []),
    ...(status === 401 ? ["WWW-Authenticate"] : []),
  ];
}

import type { SchemaComponents } from "../json-schema.ts";
import { type ProblemCode, problemDetails, problems, problemType, wireCode } from "../problems.ts";
import type { JsonObject } from "../shapes.ts";
import { answerExamples } from "./examples.ts";
import { possibleProblems, problemsOfCaller } from "./possible-problems.ts";
import type { Route, RouteAnswer } from "./route.ts";
import { pendingOperation } from "./schemas.ts";

/** Headers under `components.headers` of the OpenAPI document. */
export const responseHeaders = {
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
    description: "Where to read the operation, or what it has made",
    required: true,
    schema: { type: "string", format: "uri-reference" },
  },
  ETag: {
    description: "The version of what is answered, for `If-Match` and `If-None-Match` (RFC 9110)",
    required: true,
    schema: { type: "string", pattern: '^"\\d+"$' },
  },
  "Retry-After": {
    description: "Seconds to wait before the same request",
    required: true,
    schema: { type: "integer", minimum: 0 },
  },
  "RateLimit-Policy": {
    description:
      "The limits of this route for what one client asks, their quotas `q` in windows of `w` seconds (draft-ietf-httpapi-ratelimit-headers)",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
  RateLimit: {
    description:
      "What remains of each of them, `r`, and the seconds until its window ends, `t`; not on the replay of an `Idempotency-Key`",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
  "WWW-Authenticate": {
    description: "RFC 6750 challenge",
    required: true,
    schema: { type: "string", minLength: 1 },
  },
} satisfies JsonObject;

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
    headers: documentHeaders({
      "X-Request-Id": "always",
      "X-Operation-Id": operationIdIsThere(route, answers, codes),
      Location:
        status === 202 && answers.some(({ body }) => body === pendingOperation)
          ? "always"
          : comesWith(answers, "Location"),
      ETag: comesWith(answers, "ETag"),
      "Retry-After": isThere(codes.map((code) => problems[code].retry === true)),
      "RateLimit-Policy": rateLimitIsThere(route),
      RateLimit: rateLimitIsThere(route),
      "WWW-Authenticate": status === 401 ? "always" : "never",
    }),
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
        {
          type: "object",
          properties: { status: { const: status }, code: { enum: [...new Set(codes.map(wireCode))] } },
        },
      ],
    },
    examples: Object.fromEntries(
      codes.map((code) => [
        code,
        {
          value: {
            type: problemType(code),
            title: problems[code].title,
            status,
            code: wireCode(code),
            instance: route.path,
          },
        },
      ]),
    ),
  };
}

type IsThere = "always" | "sometimes" | "never";

/** Whether a header is there that comes with some of the answers of a status. */
const isThere = (comes: readonly boolean[]): IsThere => {
  if (!comes.includes(true)) return "never";
  return comes.includes(false) ? "sometimes" : "always";
};

/**
 * Commands are named once their caller is known: what is answered before has no operation, and what may go wrong before
 * and after says it only after.
 */
function operationIdIsThere(route: Route, answers: readonly RouteAnswer[], codes: readonly ProblemCode[]): IsThere {
  if (route.flow === undefined) return "never";
  const ofCaller = problemsOfCaller(route);
  if (ofCaller.length > 0 && codes.some((code) => mayStrikeAnywhere.includes(code))) return "sometimes";
  return isThere([...answers.map(() => true), ...codes.map((code) => !ofCaller.includes(code))]);
}

const comesWith = (answers: readonly RouteAnswer[], name: "ETag" | "Location"): IsThere =>
  isThere(answers.map(({ headers = [] }) => headers.includes(name)));

/** Told from the moment a request has been counted; what is refused before, or replayed, or came as a copy, was not. */
const rateLimitIsThere = ({ limits }: Route): IsThere => (limits === undefined ? "never" : "sometimes");

const mayStrikeAnywhere: readonly ProblemCode[] = ["service_unavailable", "internal_error"];

const documentHeaders = (headers: { readonly [Name in keyof typeof responseHeaders]: IsThere }): JsonObject =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, comes]): [string, JsonObject][] => {
      if (comes === "never") return [];
      if (comes === "always") return [[name, { $ref: `#/components/headers/${name}` }]];
      return [[name, { ...responseHeaders[name as keyof typeof responseHeaders], required: false }]];
    }),
  );

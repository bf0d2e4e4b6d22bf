import { describe, expect, it } from "@jest/globals";
import { answerExamples } from "../http/examples.ts";
import type { Route } from "../http/route.ts";
import { allRoutes } from "../http/routes.ts";
import { openApiDocument } from "../openapi.ts";
import type { ProblemCode } from "../problems.ts";
import { problems, problemType } from "../problems.ts";
import { type HttpResponse, responseValidator } from "./validate-response.ts";

const validate = responseValidator(openApiDocument({ version: "0.1.0" }));
const json = "application/json; charset=utf-8";
const operation = `/api/v2/operations/${(answerExamples["readOperation"]?.[202] as { operationId: string }).operationId}`;

const problem = (code: ProblemCode, changes: Partial<HttpResponse> = {}): HttpResponse => ({
  status: problems[code].status,
  headers: {
    "x-request-id": "r1",
    "x-operation-id": "op_1",
    "www-authenticate": "Bearer",
    "retry-after": "1",
    "content-type": "application/problem+json",
  },
  body: { type: problemType(code), title: problems[code].title, status: problems[code].status, code, instance: "/" },
  ...changes,
});

const health = (changes: Partial<HttpResponse> = {}): HttpResponse => ({
  status: 200,
  headers: { "X-Request-Id": "r1", "Content-Type": json },
  body: { status: "ok" },
  ...changes,
});

describe("a response as documented", () => {
  it("passes", () => {
    expect(() => validate("GET", "/healthz", health())).not.toThrow();
    expect(() => validate("get", "/healthz?verbose=1", health())).not.toThrow();
  });

  const examples = (allRoutes as readonly Route[]).flatMap((route) =>
    route.answers.map((answer) => [`${route.id} ${answer.status}`, route, answer] as const),
  );
  it.each(examples)(
    "is what the document shows as example: %s",
    (_, route, { status, mediaType = "application/json" }) => {
      const body = answerExamples[route.id]?.[status];
      if (body === undefined) return;
      const headers = {
        "x-request-id": "r1",
        "x-operation-id": "op_1",
        location: operation,
        "retry-after": "1",
        "content-type": mediaType,
      };

      expect(() =>
        validate(route.method, route.path.replace("{operationId}", "op_1"), { status, headers, body }),
      ).not.toThrow();
    },
  );

  it("may be a problem of the route", () => {
    expect(() => validate("GET", operation, problem("operation_not_found"))).not.toThrow();
    expect(() => validate("POST", "/api/v2/auth/anonymous", problem("malformed_json"))).not.toThrow();
    expect(() => validate("GET", "/api/v2/auth/session", problem("service_unavailable"))).not.toThrow();
  });
});

describe("a response that is not as documented", () => {
  it.each([
    ["an unknown path", "GET", "/nowhere", health(), "GET /nowhere: no such path is documented"],
    ["a path below a known one", "GET", "/healthz/deep", health(), "no such path is documented"],
    ["two segments where one is a parameter", "GET", "/api/v2/operations/a/b", health(), "no such path is documented"],
    ["an unknown method", "DELETE", "/healthz", health(), "DELETE /healthz: the path does not document this method"],
    [
      "an unknown status",
      "GET",
      "/healthz",
      health({ status: 204 }),
      "GET /healthz → 204: not documented, only 200, 500",
    ],
    [
      "a missing header",
      "GET",
      "/healthz",
      health({ headers: { "content-type": json } }),
      "header X-Request-Id is missing",
    ],
    [
      "another media type",
      "GET",
      "/healthz",
      health({ headers: { "x-request-id": "r", "content-type": "text/html" } }),
      "media type text/html, documented: application/json",
    ],
    ["no media type", "GET", "/healthz", health({ headers: { "x-request-id": "r" } }), "media type missing"],
    [
      "a field with another value",
      "GET",
      "/healthz",
      health({ body: { status: "fine" } }),
      "body/status must be equal to constant",
    ],
    ["a missing field", "GET", "/healthz", health({ body: {} }), "body must have required property 'status'"],
    [
      "an undocumented field",
      "GET",
      "/healthz",
      health({ body: { status: "ok", host: "a" } }),
      '{"additionalProperty":"host"}',
    ],
    ["no body", "GET", "/healthz", health({ body: "" }), "body must be object"],
    [
      "a problem the route does not have",
      "GET",
      "/api/v2/auth/session",
      problem("operation_not_found"),
      "→ 404: not documented",
    ],
    [
      "another problem of the same status",
      "POST",
      "/api/v2/auth/anonymous",
      problem("conflicting_credentials"),
      "body/code must be equal to one of the allowed values",
    ],
    [
      "a code that is not in the catalogue",
      "GET",
      "/healthz",
      problem("internal_error", { body: { ...(problem("internal_error").body as object), code: "oops" } }),
      "body/code",
    ],
    [
      "a problem that names another status",
      "GET",
      "/healthz",
      problem("internal_error", { body: { ...(problem("internal_error").body as object), status: 418 } }),
      "body/status",
    ],
    [
      "a problem as plain JSON",
      "GET",
      "/healthz",
      problem("internal_error", { headers: { "x-request-id": "r", "content-type": json } }),
      "media type application/json, documented: application/problem+json",
    ],
    [
      "a command's answer that names no operation",
      "POST",
      "/api/v2/auth/anonymous",
      problem("malformed_json", { headers: { "x-request-id": "r", "content-type": "application/problem+json" } }),
      "header X-Operation-Id is missing",
    ],
    [
      "a 401 without challenge",
      "GET",
      "/api/v2/auth/session",
      problem("unauthenticated", { headers: { "x-request-id": "r", "content-type": "application/problem+json" } }),
      "header WWW-Authenticate is missing",
    ],
    [
      "a Retry-After that is no number of seconds",
      "GET",
      "/api/v2/auth/session",
      problem("service_unavailable", {
        headers: { "x-request-id": "r", "retry-after": "soon", "content-type": "application/problem+json" },
      }),
      "header Retry-After:  must be integer",
    ],
  ])("is refused for %s", (_, method, path, response, complaint) => {
    expect(() => validate(method, path, response)).toThrow(complaint);
  });

  it("is told every fault at once, and shown", () => {
    const response = health({ headers: { "content-type": json }, body: { status: "fine" } });

    expect(() => validate("GET", "/healthz", response)).toThrow(
      /^GET \/healthz → 200:\n {2}header X-Request-Id is missing\n {2}body\/status .*\n\{"status":"fine"\}$/,
    );
  });

  it("is refused for a body where none is documented", () => {
    const headers = {};
    const bare = responseValidator({
      paths: { "/gone": { delete: { responses: { 204: { description: "" } } } } },
      components: { headers: {}, schemas: {} },
    });

    expect(() => bare("DELETE", "/gone", { status: 204, headers, body: undefined })).not.toThrow();
    expect(() => bare("DELETE", "/gone", { status: 204, headers, body: "surprise" })).toThrow(
      "where none is documented",
    );
  });

  it("is held against the path without parameters first", () => {
    const answering = (type: string) => ({
      get: { responses: { 200: { content: { "application/json": { schema: { type } } } } } },
    });
    const both = responseValidator({
      paths: { "/things/{id}": answering("object"), "/things/all": answering("array") },
      components: { headers: {}, schemas: {} },
    });
    const headers = { "content-type": "application/json" };

    expect(() => both("GET", "/things/all", { status: 200, headers, body: [] })).not.toThrow();
    expect(() => both("GET", "/things/1", { status: 200, headers, body: [] })).toThrow("body must be object");
  });
});

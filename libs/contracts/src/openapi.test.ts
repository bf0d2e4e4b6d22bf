import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import * as flows from "./flows.ts";
import { answerExamples } from "./http/examples.ts";
import { possibleProblems } from "./http/possible-problems.ts";
import type { Route } from "./http/route.ts";
import {
  allRoutes,
  createAnonymousSession,
  logout,
  readSession,
  refreshSession,
  verifyEmailCode,
} from "./http/routes.ts";
import { openApiDocument } from "./openapi.ts";

const document = openApiDocument({ version: "1.2.3", serverUrl: "https://id.example" });
const routes: readonly Route[] = allRoutes;

interface DocumentedOperation {
  readonly responses: Record<number, { headers: Record<string, { $ref?: string; required?: boolean }> }>;
}
const operationOf = ({ path, method }: Route): DocumentedOperation => {
  const operation = (document["paths"] as Record<string, Record<string, unknown>>)[path]?.[method.toLowerCase()];
  return operation as DocumentedOperation;
};

const reading: Route = {
  id: "readThing",
  method: "GET",
  path: "/thing",
  auth: "none",
  tag: "Things",
  summary: "A thing",
  answers: [{ status: 200, description: "The thing", body: z.string() }],
  problems: [],
};

describe("the OpenAPI document", () => {
  it("has one operation for each route", () => {
    const paths = document["paths"] as Record<string, Record<string, { operationId: string }>>;
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );

    expect(documented.sort()).toEqual(routes.map(({ method, path, id }) => `${method} ${path} ${id}`).sort());
  });

  it("carries version and server it is told, and no server when told none", () => {
    expect(document).toMatchObject({ info: { version: "1.2.3" }, servers: [{ url: "https://id.example" }] });
    expect(openApiDocument({ version: "1.2.3" })).not.toHaveProperty("servers");
  });

  it("says who may call", () => {
    expect(document).toMatchObject({
      paths: {
        "/api/v2/auth/anonymous": { post: { security: [] } },
        "/api/v2/auth/session": { get: { security: [{ bearer: [] }, { visitor: [] }] } },
        "/api/v2/operations/{operationId}": { get: { security: [{ bearer: [] }, { operationSecret: [] }] } },
      },
    });
  });

  it.each(["prefer", "idempotencyKey"])("takes %s on commands only", (parameter) => {
    const takesIt = routes.filter((route) =>
      JSON.stringify(operationOf(route)).includes(`#/components/parameters/${parameter}`),
    );

    expect(takesIt).toEqual(routes.filter((route) => route.flow !== undefined));
  });

  it("promises an operation id where there is one: from the moment the caller is known", () => {
    const promise = ({ id }: Route, status: number): string => {
      const route = routes.find((each) => each.id === id);
      const header = route && operationOf(route).responses[status]?.headers["X-Operation-Id"];
      if (header === undefined) return "none";
      return header.$ref === undefined && header.required !== true ? "perhaps" : "always";
    };
    const statuses = [204, 202, 400, 409, 422, 504, 401, 403, 500, 503];
    const promised = statuses.map((status) => promise(logout, status));

    expect(promised).toEqual([...Array(6).fill("always"), "none", "perhaps", "perhaps", "perhaps"]);
    expect([401, 500, 503].map((status) => promise(refreshSession, status))).toEqual(Array(3).fill("always"));
    expect(promise(readSession, 200)).toBe("none");
  });

  it("tells of limits where there are some: perhaps with any answer, as a replay and a limit that others use up too tell nothing", () => {
    const told = (route: Route, status: number): string => {
      const headers = operationOf(route).responses[status]?.headers ?? {};
      const both = ["RateLimit-Policy", "RateLimit"].map((name) => headers[name]);
      if (both.every((header) => header === undefined)) return "never";
      return both.every((header) => header?.$ref !== undefined) ? "always" : "perhaps";
    };

    const statuses = [201, 202, 400, 429, 503];
    expect(statuses.map((status) => told(createAnonymousSession, status))).toEqual(statuses.map(() => "perhaps"));
    expect(told(verifyEmailCode, 429)).toBe("perhaps");
    for (const route of routes.filter(({ limits }) => limits === undefined)) {
      for (const status of Object.keys(operationOf(route).responses)) expect(told(route, Number(status))).toBe("never");
    }
  });

  it("is JSON, with nothing left undefined", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("has examples for statuses of routes that exist", () => {
    const documented = Object.entries(answerExamples).flatMap(([id, byStatus]) =>
      Object.keys(byStatus).map((status) => `${id} ${status}`),
    );
    const answered = routes.flatMap(({ id, answers }) => answers.map(({ status }) => `${id} ${status}`));

    expect(answered).toEqual(expect.arrayContaining(documented));
  });
});

describe("the possible problems of a route", () => {
  it("are just the one nobody foresees when it asks no one", () => {
    expect(possibleProblems(reading)).toEqual(["internal_error"]);
  });

  it("include those of its credentials, and that what checks them may be away", () => {
    const ofBearer = [
      "unauthenticated",
      "token_invalid",
      "token_expired",
      "session_revoked",
      "internal_error",
      "service_unavailable",
      "revocation_view_stale",
    ];

    expect(possibleProblems({ ...reading, auth: "bearer" })).toEqual(ofBearer);
    expect(new Set(possibleProblems({ ...reading, auth: "any" }))).toEqual(
      new Set([...ofBearer, "user_merged", "conflicting_credentials"]),
    );
    expect(possibleProblems({ ...reading, auth: "operation" })).toEqual([
      "token_invalid",
      "token_expired",
      "session_revoked",
      "internal_error",
      "service_unavailable",
      "revocation_view_stale",
    ]);
  });

  it("include that it is asked for too often, just where there are limits", () => {
    expect(possibleProblems({ ...reading, limits: ["verify"] })).toEqual(["rate_limited", "internal_error"]);
    for (const route of routes) {
      expect([route.id, possibleProblems(route).includes("rate_limited")]).toEqual([
        route.id,
        route.limits !== undefined,
      ]);
    }
  });

  it("include those its flow's commands may end with", () => {
    const [step, ...others] = flows.createAnonymousSession.steps;
    if (step === undefined) throw new Error("the flow has no steps");
    const refusing = { ...step, command: { ...step.command, problems: ["user_merged"] as const } };
    const flow = { ...flows.createAnonymousSession, steps: [refusing, ...others] };

    const ofKeys = ["idempotency_key_invalid", "operation_in_progress", "outcome_gone", "idempotency_key_reused"];

    expect(new Set(possibleProblems({ ...reading, flow }))).toEqual(
      new Set(["user_merged", "cross_site_request", ...ofKeys, "internal_error", "service_unavailable"]),
    );
  });
});

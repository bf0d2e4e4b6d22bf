import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openApiDocument, type Route, routes } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn } from "../support/visitor.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
let system: InProcessSystem;
beforeAll(async () => {
  const corsOrigins = ["https://app.example.com", "http://localhost:3000"];
  system = await inProcessSystem({ settings: { corsOrigins, opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }] } });
});
afterAll(() => system.stop());

const all: readonly Route[] = routes.allRoutes.filter((route: Route) => route.developmentOnly !== true);

const codeOf = ({ status, body }: HttpAnswer): string => `${status} ${(body as { code?: string }).code}`;

/** Whether a path without parameters is one that the template stands for. */
const matches = (template: string, path: string): boolean =>
  !path.includes("{") && new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);

describe("an address that is none", () => {
  it.each([
    "/",
    "/api/v2",
    "/api/v1/auth/session",
    "/api/v2/auth",
    "/api/v2/auth/session/",
    "/API/v2/auth/session",
    "/HEALTHZ",
    "/healthz/",
    "/api/v2/operations/",
    "/api/v2/operations/%zz",
    "/api/v2/operations/%c0%af",
    "/docs/package.json",
    "/docs/index.html",
    "/docs/nothing",
    "/docs/../../package.json",
    "/.env",
    "/..%2f..%2fetc/passwd",
    "//evil.example.com/%2f..",
  ])("is answered as a problem: %s", async (path) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(codeOf(await system.request(method, path))).toBe("404 not_found");
    }
  });

  it("is not repeated in the answer", async () => {
    expect((await system.request("GET", "/secret-word?secret-word")).text).not.toContain("secret-word");
  });
});

describe("a method that an address does not take", () => {
  it.each([...new Set(all.map((route) => route.path))])("is refused: %s", async (path) => {
    const allowed = all
      .filter((route) => route.path === path)
      .flatMap((route) => (route.method === "GET" ? ["GET", "HEAD"] : [route.method]))
      .join(", ");
    // What may stand for `{kid}` is a path of its own as well: `rotate`.
    const alsoTaken = all
      .filter((route) => route.path !== path && matches(route.path, path))
      .map(({ method }) => method);
    const others = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"].filter(
      (other) => !allowed.split(", ").includes(other) && !alsoTaken.some((method) => method === other),
    );
    for (const other of others) {
      const answer = await system.request(other, path.replace("{operationId}", "op_1"));

      expect([other, answer.status, answer.headers["allow"]]).toEqual([other, 405, allowed]);
      if (other !== "HEAD") expect(codeOf(answer)).toBe("405 method_not_allowed");
    }
  });

  it("is refused on the page of the documentation too", async () => {
    const answer = await system.request("POST", "/docs/");

    expect(codeOf(answer)).toBe("405 method_not_allowed");
    expect(answer.headers["allow"]).toBe("GET, HEAD");
  });
});

describe("HEAD", () => {
  it.each([
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/api/v2/auth/session",
    "/docs/",
  ])("says of %s what GET says, without the body", async (path) => {
    const [head, get] = [await system.request("HEAD", path), await system.request("GET", path)];

    expect([head.status, head.text, head.headers["content-type"]]).toEqual([
      get.status,
      "",
      get.headers["content-type"],
    ]);
  });
});

describe("a browser elsewhere", () => {
  const origin = "https://app.example.com";
  const wanted = "Authorization, Content-Type, Idempotency-Key, If-Match, Prefer, X-Operation-Secret, X-User-ID";

  it("may send everything the API takes", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await system.request("OPTIONS", "/api/v2/auth/anonymous", {
        headers: { origin, "access-control-request-method": method, "access-control-request-headers": wanted },
      });

      expect(answer.status).toBe(204);
      expect(answer.headers["access-control-allow-origin"]).toBe(origin);
      expect(answer.headers["access-control-allow-methods"]?.split(",")).toContain(method);
      expect(answer.headers["access-control-allow-headers"]).toBe(wanted);
      expect(answer.headers["access-control-max-age"]).toBe("600");
      expect(answer.headers["vary"]).toContain("Origin");
    }
  });

  it.each(["/api/v2/auth/session", "/api/v2/nothing"])("may read the answer, also a problem: %s", async (path) => {
    const { headers } = await system.request("GET", path, { headers: { origin } });

    expect(headers["access-control-allow-origin"]).toBe(origin);
    expect(headers["access-control-expose-headers"]).toBe(
      "X-Request-Id,X-Operation-Id,Location,ETag,Retry-After,RateLimit-Policy,RateLimit",
    );
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
  });

  it.each(["https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "null"])(
    "that is not configured may read nothing: %s",
    async (stranger) => {
      const { headers } = await system.request("GET", "/healthz", { headers: { origin: stranger } });

      expect(headers["access-control-allow-origin"]).toBeUndefined();
    },
  );

  it("may do nothing where none is configured", async () => {
    const closed = await inProcessSystem();
    const answer = await closed.request("OPTIONS", "/api/v2/auth/session", {
      headers: { origin, "access-control-request-method": "GET" },
    });
    await closed.stop();

    expect(codeOf(answer)).toBe("405 method_not_allowed");
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("every answer", () => {
  it.each(["/healthz", "/nothing", "/api/v2/auth/session", "/openapi.json"])(
    "forbids what a browser might do with it: %s",
    async (path) => {
      const { headers } = await system.request("GET", path);

      expect(headers).toMatchObject({
        "content-security-policy": "default-src 'none';frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "strict-transport-security": expect.stringContaining("max-age="),
      });
      expect(headers["x-powered-by"]).toBeUndefined();
      expect(headers["etag"]).toBeUndefined();
    },
  );

  it("has a request id that no client chooses", async () => {
    const { headers } = await system.request("GET", "/healthz", { headers: { "x-request-id": "mine" } });

    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    "GET * HTTP/1.1",
    "GET http://[ HTTP/1.1",
    "GET http://evil.example.com/healthz HTTP/1.1",
    "GET ?x HTTP/1.1",
  ])("comes, and is no 500, for a request line like %s", async (line) => {
    const text = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(system.baseUrl);
      let received = "";
      const socket = connect(Number(port), hostname, () => {
        socket.end(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
      });
      socket
        .on("data", (chunk) => (received += String(chunk)))
        .on("end", () => resolve(received))
        .on("error", reject);
    });

    expect(text).toMatch(/^HTTP\/1\.1 (200|400|404|405) /);
  });
});

describe("a route of the contracts", () => {
  const sample = (path: string): string => path.replace("{operationId}", `op_${"0".repeat(32)}${"A".repeat(22)}`);

  it.each(all.filter(({ auth }) => auth !== "none"))(
    "lets nobody in who is not known: $method $path",
    async (route) => {
      const answer = await system.call(route.method, sample(route.path));

      // An operation is not even there for whoever shows nothing.
      expect(codeOf(answer)).toBe(route.auth === "operation" ? "404 operation_not_found" : "401 unauthenticated");
    },
  );

  it.each(all.filter(({ auth, method, headers }) => auth === "none" && method === "GET" && headers === undefined))(
    "answers whoever asks: $method $path",
    async (route) => {
      expect((await system.call(route.method, route.path)).status).toBe(200);
    },
  );

  it.each(all.filter(({ flow }) => flow !== undefined))("names its operation: $method $path", async (route) => {
    const operator = { authorization: `Bearer ${key}` };
    const headers = route.auth === "none" ? {} : route.auth === "admin" ? operator : (await signIn(system)).bearer;
    const answer = await system.call(route.method, sample(route.path), { headers, body: "x" });

    expect(answer.headers["x-operation-id"]).toMatch(/^op_[0-9a-f]{32}[\w-]{22}$/);
  });
});

describe("/openapi.json", () => {
  it("is the document that the contracts make", async () => {
    const { body } = await system.call("GET", "/openapi.json");

    expect(body).toEqual(openApiDocument({ version: "0.0.0-test", serverUrl: system.issuer }));
  });
});

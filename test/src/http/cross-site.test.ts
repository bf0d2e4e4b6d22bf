import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Route, routes } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { usersOf } from "../support/keyed-sign-in.ts";
import { signIn, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
const app = "https://app.example.com";
const opsKey = randomBytes(32).toString("base64url");
beforeEach(async () => {
  system = await inProcessSystem({
    settings: {
      opsKeys: [{ name: "test", hash: opsKeyHash(opsKey) }],
      corsOrigins: [app],
      limits: { anonymous: { quota: 2, windowSeconds: 600 } },
    },
  });
});
afterEach(() => system.stop());

const visit = (headers: Record<string, string>) => system.call("POST", "/api/v2/auth/anonymous", { headers });
/** As a browser sends it for a page of another site, without asking first. */
const foreign = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "content-type": "text/plain" };

describe("a page of another site", () => {
  it.each([
    ["without an origin", {}],
    ["of another origin", { origin: "https://evil.example" }],
    ["of an opaque origin", { origin: "null" }],
    ["of an origin that begins alike", { origin: `${app}.evil.example` }],
  ])("makes no visitors on its reader's address: %s", async (_, origin) => {
    const refused = await visit({ ...foreign, ...origin });
    await visit({ ...foreign, ...origin });
    await visit({ ...foreign, ...origin });

    expect(wordsOf(refused)).toBe("403 cross_site_request");
    expect(refused.headers["ratelimit"]).toBeUndefined();
    expect(usersOf(system)).toBe(0);
    expect((await visit({})).status).toBe(201);
  });

  it("that is configured may", async () => {
    expect((await visit({ "sec-fetch-site": "cross-site", origin: app })).status).toBe(201);
  });

  it.each(
    routes.allRoutes
      .filter((route: Route) => route.flow !== undefined)
      .map(({ method, path, auth }) => [method, path, auth] as const),
  )("starts nothing: %s %s", async (method, path, auth) => {
    const credentials = auth === "admin" ? { authorization: `Bearer ${opsKey}` } : (await signIn(system)).bearer;

    expect(wordsOf(await system.call(method, path, { headers: { ...credentials, ...foreign } }))).toBe(
      "403 cross_site_request",
    );
  });

  it("may read what anyone may", async () => {
    expect((await system.call("GET", "/healthz", { headers: foreign })).status).toBe(200);
  });
});

describe("a request from anywhere else", () => {
  it.each([["same-origin"], ["same-site"], ["none"]])("is carried out: %s", async (site) => {
    expect((await visit({ "sec-fetch-site": site })).status).toBe(201);
  });

  it("is carried out when it says nothing of the kind, as servers and programs do", async () => {
    expect((await visit({})).status).toBe(201);
  });
});

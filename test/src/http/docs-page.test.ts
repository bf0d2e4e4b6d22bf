import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

let system: InProcessSystem;
beforeAll(async () => {
  system = await inProcessSystem({ workers: [] });
});
afterAll(() => system.stop());

/** What a tag names by `src` or `href`. */
const namedIn = (html: string): readonly string[] =>
  [...html.matchAll(/<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"/g)].flatMap(([, url]) => url ?? []);

const directives = (policy: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    policy.split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(" ");
      return [name, sources];
    }),
  );

describe("the page of the documentation", () => {
  it("is found without its slash", async () => {
    const { status, headers } = await system.request("GET", "/docs");

    expect([status, headers["location"]]).toEqual([301, "/docs/"]);
    expect((await system.request("GET", "/docs?x=/")).headers["location"]).toBe("/docs/");
  });

  it("loads from its own origin alone, and everything it loads is there", async () => {
    const page = await system.request("GET", "/docs/");
    const named = namedIn(page.text);

    expect(page.status).toBe(200);
    expect(page.text).toContain("<title>Lanyard API</title>");
    expect(named.length).toBeGreaterThanOrEqual(5);
    for (const name of named) {
      const url = new URL(name, `${system.baseUrl}/docs/`);
      expect(url.origin).toBe(system.baseUrl);
      const asset = await system.request("GET", url.pathname);
      expect([url.pathname, asset.status]).toEqual([url.pathname, 200]);
      expect(asset.headers["x-content-type-options"]).toBe("nosniff");
      expect(asset.headers["content-type"]).toMatch(
        name.endsWith(".css") ? /^text\/css/ : name.endsWith(".js") ? /javascript/ : /^image\/png/,
      );
    }
  });

  it("shows the document of this gateway and asks nobody else about it", async () => {
    const { text } = await system.request("GET", "/docs/swagger-ui-init.js");

    expect(text).toContain('"url": "/openapi.json"');
    expect(text).toContain('"validatorUrl": null');
    expect(text).not.toMatch(/https?:\/\//);
  });

  it("has a policy that allows what it loads, and no more", async () => {
    const page = await system.request("GET", "/docs/");
    const policy = directives(page.headers["content-security-policy"] ?? "");

    // No script stands in the page itself: 'self' is enough.
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    expect(page.text).not.toMatch(/\son\w+=/);
    expect(Object.fromEntries(policy)).toEqual({
      "default-src": ["'none'"],
      "connect-src": ["'self'"],
      "img-src": ["'self'", "data:"],
      "script-src": ["'self'"],
      "style-src": ["'self'", "'unsafe-inline'"],
      "frame-ancestors": ["'none'"],
    });
  });
});

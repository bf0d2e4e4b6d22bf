import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { deadLetterQueueOf, queues } from "@lanyard/contracts";
import { eventually } from "@lanyard/messaging/testing";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

const path = "/api/v2/auth/anonymous";

let system: InProcessSystem;
beforeAll(async () => {
  system = await inProcessSystem();
});
afterAll(() => system.stop());

const codeOf = ({ body }: HttpAnswer): unknown => (body as { code?: unknown }).code;
const tokensOf = ({ body }: HttpAnswer) => (body as { tokens: { accessToken: string; refreshToken: string } }).tokens;

describe("a visitor that signs in", () => {
  it("gets a user, a session and tokens", async () => {
    const answer = await system.call("POST", path);

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ user: { kind: "anonymous" }, tokens: { tokenType: "Bearer", expiresIn: 600 } });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("gets a token that a stranger verifies by nothing but the published keys", async () => {
    const answer = await system.call("POST", path, { json: {} });
    const published = await system.call("GET", "/.well-known/jwks.json");
    const { payload, protectedHeader } = await jwtVerify(
      tokensOf(answer).accessToken,
      createLocalJWKSet(published.body as JSONWebKeySet),
      {
        issuer: system.issuer,
        audience: system.audience,
        typ: "at+jwt",
        algorithms: ["ES256"],
        currentDate: new Date(system.clock.now()),
      },
    );

    expect(protectedHeader.alg).toBe("ES256");
    expect(answer.body).toMatchObject({ user: { id: payload.sub }, session: { id: payload["sid"] } });
    expect(published.headers["cache-control"]).toBe("public, max-age=60");
    expect(JSON.stringify(published.body)).not.toContain('"d"');
  });

  it("is another user each time", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => system.call("POST", path)));
    const users = answers.map(({ body }) => (body as { user: { id: string } }).user.id);

    expect(new Set(users).size).toBe(20);
    expect(new Set(answers.map(({ headers }) => headers["x-operation-id"])).size).toBe(20);
    expect(new Set(answers.map(({ headers }) => headers["x-request-id"])).size).toBe(20);
  });

  it("leaves nothing behind in the queues, and tells of it once", async () => {
    const before = system.transport.published("events").length;
    await system.call("POST", path);

    const all = queues.flatMap((name) => [name, deadLetterQueueOf(name)]);
    await eventually("the queues are empty", () => all.every((queue) => system.transport.held(queue).length === 0));
    const types = system.transport.published("events").map(({ attributes }) => attributes["type"]);
    expect(types.slice(before)).toEqual(["user.created", "session.opened"]);
  });

  it("has its secrets nowhere in the tables", async () => {
    const { accessToken, refreshToken } = tokensOf(await system.call("POST", path));
    const stored = JSON.stringify(
      ["operations", "identity", "session", "token", "gateway"].map((name) => system.table(name).dump()),
    );

    expect(stored).not.toContain(accessToken);
    expect(stored).not.toContain(refreshToken);
  });
});

const json = "application/json";

describe("a body", () => {
  const accepted: readonly [string, string | Uint8Array, Record<string, string>][] = [
    ["that is empty, of no type", "", {}],
    ["that is empty, of another type", "", { "content-type": "text/plain" }],
    ["that is empty, of the right type", "", { "content-type": json }],
    ["of an empty object", "{}", { "content-type": json }],
    ["with a charset", "{}", { "content-type": `${json}; charset=utf-8` }],
    ["with a charset in capitals", "{}", { "content-type": "Application/JSON;Charset=UTF-8" }],
    ["in UTF-16", Buffer.from("{}", "utf16le"), { "content-type": `${json}; charset=utf-16le` }],
    ["with space around", " \n{ } ", { "content-type": json }],
    ["that is compressed", gzipSync("{}"), { "content-type": json, "content-encoding": "gzip" }],
  ];
  it.each(accepted)("%s is accepted", async (_, body, headers) => {
    expect((await system.call("POST", path, { body, headers })).status).toBe(201);
  });

  const large = JSON.stringify({ filler: "x".repeat(48 * 1024) });
  const refused: readonly [string, string | Uint8Array, Record<string, string>, number, string][] = [
    ["with a field that nobody knows", '{"admin":true}', { "content-type": json }, 400, "validation_failed"],
    ["with a prototype", '{"__proto__":{"admin":true}}', { "content-type": json }, 400, "validation_failed"],
    ["that is a list", "[]", { "content-type": json }, 400, "validation_failed"],
    ["that is null", "null", { "content-type": json }, 400, "malformed_json"],
    ["that is a string", '"{}"', { "content-type": json }, 400, "malformed_json"],
    ["that is cut off", '{"a":', { "content-type": json }, 400, "malformed_json"],
    ["with a comma too many", '{"a":1,}', { "content-type": json }, 400, "malformed_json"],
    ["of more than 48 KB", large, { "content-type": json }, 413, "body_too_large"],
    [
      "of more than 48 KB once it is unpacked",
      gzipSync(large),
      { "content-type": json, "content-encoding": "gzip" },
      413,
      "body_too_large",
    ],
    ["of another type", "a=1", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    ["of text", "{}", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
    ["of a type like it", "{}", { "content-type": "application/jsonx" }, 415, "unsupported_media_type"],
    ["of a type that is none", "{}", { "content-type": ";;" }, 415, "unsupported_media_type"],
    ["of no type", "{}", {}, 415, "unsupported_media_type"],
    [
      "in a charset that is not Unicode",
      "{}",
      { "content-type": `${json}; charset=latin1` },
      415,
      "unsupported_media_type",
    ],
    ["in a charset that is none", "{}", { "content-type": `${json}; charset=utf-99` }, 415, "unsupported_media_type"],
    [
      "in an encoding that is none",
      "{}",
      { "content-type": json, "content-encoding": "rot13" },
      415,
      "unsupported_media_type",
    ],
    [
      "that is not compressed as it says",
      "{}",
      { "content-type": json, "content-encoding": "gzip" },
      400,
      "validation_failed",
    ],
  ];
  it.each(refused)("%s is refused", async (_, body, headers, status, code) => {
    const before = system.table("identity").dump().length;
    const answer = await system.call("POST", path, { body, headers });

    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers["x-operation-id"]).toMatch(/^op_/);
    expect(system.table("identity").dump()).toHaveLength(before);
  });

  it("that is not valid is answered with each mistake and where it is", async () => {
    const { body } = await system.call("POST", path, { json: { admin: true, name: "x" } });

    expect(body).toMatchObject({ errors: [{ path: "", message: expect.stringContaining("admin") }] });
  });

  it("that is malformed is not quoted back", async () => {
    const { text } = await system.call("POST", path, { body: "{secret-word", headers: { "content-type": json } });

    expect(text).not.toContain("secret-word");
  });
});

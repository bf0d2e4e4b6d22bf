import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { signIn } from "../support/visitor.ts";

const opsKey = randomBytes(32).toString("base64url");
const bearer = (shown: string) => ({ authorization: `Bearer ${shown}` });

/** Everything that opens something somewhere. */
const kinds = [
  "access token",
  "access token of a visitor",
  "refresh token",
  "link token",
  "link token of another challenge, spent",
  "mailed code",
  "challenge id",
  "operation secret",
  "operation id",
  "user id",
  "user id of a visitor",
  "session id",
  "ops key",
] as const;
type Kind = (typeof kinds)[number];

let system: InProcessSystem;
const secrets = new Map<Kind, string>();
let challengeId: string;
let operationId: string;
const secretOf = (kind: Kind): string => secrets.get(kind) ?? "";

const asksFor = (way: string, anonymous: object): Promise<HttpAnswer> =>
  system.request("POST", `/api/v2/auth/${way}`, { json: { email: "carol@example.com", anonymous } });
const merges = (anonymous: object): Promise<HttpAnswer> =>
  system.request("POST", "/api/v2/auth/merge", { headers: bearer(secretOf("access token")), json: { anonymous } });

/** Every place that takes one, and the kinds that it is made for. */
const places: readonly {
  readonly name: string;
  readonly takes: readonly Kind[];
  readonly show: (shown: string) => Promise<HttpAnswer>;
}[] = [
  {
    name: "Authorization of a user's route",
    takes: ["access token", "access token of a visitor"],
    show: (shown) => system.request("GET", "/api/v2/auth/session", { headers: bearer(shown) }),
  },
  {
    name: "Authorization of an operator's route",
    takes: ["ops key"],
    show: (shown) => system.request("GET", "/api/v2/users/lookup?email=ada@example.com", { headers: bearer(shown) }),
  },
  {
    name: "X-User-ID",
    takes: ["user id of a visitor"],
    show: (shown) => system.request("GET", "/api/v2/auth/session", { headers: { "x-user-id": shown } }),
  },
  {
    name: "refreshToken",
    takes: ["refresh token"],
    show: (refreshToken) => system.request("POST", "/api/v2/auth/session/refresh", { json: { refreshToken } }),
  },
  {
    name: "X-Link-Token",
    takes: ["link token"],
    show: (shown) => system.request("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": shown } }),
  },
  {
    name: "token of a link",
    takes: ["link token"],
    show: (token) => system.request("POST", "/api/v2/auth/magic-link/verify", { json: { token } }),
  },
  {
    name: "challengeId",
    takes: [],
    show: (shown) =>
      system.request("POST", "/api/v2/auth/otp/verify", { json: { challengeId: shown, code: "000000" } }),
  },
  {
    name: "code",
    takes: ["mailed code"],
    show: (code) => system.request("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code } }),
  },
  ...(["magic-link", "otp"] as const).flatMap((way) => [
    {
      name: `anonymous.accessToken of ${way}`,
      takes: ["access token of a visitor"] as const,
      show: (accessToken: string) => asksFor(way, { accessToken }),
    },
    {
      name: `anonymous.userId of ${way}`,
      takes: ["user id of a visitor"] as const,
      show: (userId: string) => asksFor(way, { userId }),
    },
  ]),
  {
    name: "anonymous.accessToken of a merge",
    takes: ["access token of a visitor"],
    show: (accessToken) => merges({ accessToken }),
  },
  {
    name: "anonymous.userId of a merge",
    takes: ["user id of a visitor"],
    show: (userId) => merges({ userId }),
  },
  {
    name: "X-Operation-Secret",
    takes: ["operation secret"],
    show: (shown) =>
      system.request("GET", `/api/v2/operations/${operationId}`, { headers: { "x-operation-secret": shown } }),
  },
];

const mailed = async (email: string) => {
  const { body } = await system.call("POST", "/api/v2/auth/magic-link", { json: { email } });
  await settled(system, ["token", "notification"]);
  return { ...httpSchemas.challenge.parse(body), ...signInMailTo(system.mails, email) };
};

beforeAll(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "test", hash: opsKeyHash(opsKey) }] } });
  const spent = await mailed("ada@example.com");
  const signedIn = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token: spent.token } });
  const { user, session, tokens } = httpSchemas.authResult.parse(signedIn.body);
  const open = await mailed("bob@example.com");
  const visitor = await signIn(system);
  const pending = await system.call("POST", "/api/v2/auth/anonymous", { headers: { prefer: "respond-async" } });
  const operation = httpSchemas.pendingOperation.parse(pending.body);
  await system.clock.advance(1000);
  ({ challengeId } = open);
  ({ operationId } = operation);
  for (const [kind, secret] of [
    ["access token", tokens.accessToken],
    ["access token of a visitor", visitor.accessToken],
    ["refresh token", tokens.refreshToken],
    ["link token", open.token],
    ["link token of another challenge, spent", spent.token],
    ["mailed code", open.code],
    ["challenge id", open.challengeId],
    ["operation secret", operation.operationSecret ?? ""],
    ["operation id", operation.operationId],
    ["user id", user.id],
    ["user id of a visitor", visitor.userId],
    ["session id", session.id],
    ["ops key", opsKey],
  ] as const) {
    secrets.set(kind, secret);
  }
});
afterAll(async () => system.stop());

describe("what opens one thing", () => {
  const pairs = places.flatMap((place) =>
    kinds.filter((kind) => !place.takes.includes(kind)).map((kind) => [kind, place.name, place] as const),
  );

  it("is known: each kind, and each different", () => {
    expect(new Set(secrets.values()).size).toBe(kinds.length);
    expect([...secrets.values()].filter((secret) => secret === "")).toEqual([]);
  });

  it.each(pairs)("%s opens nothing as %s", async (kind, _, place) => {
    const { status } = await place.show(secretOf(kind));

    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  // Last: these spend what they show, and had to be unspent after all of the above.
  it.each(places.flatMap((place) => place.takes.map((kind) => [kind, place.name, place] as const)))(
    "%s opens what it is for, as %s, after all that",
    async (kind, _, place) => {
      const { status, body } = await place.show(secretOf(kind));

      // Link and code answer one challenge: whichever comes second is told that it was used, which only the right one is.
      const answer = `${status} ${(body as { code?: string }).code ?? ""}`.trim();
      expect(kind === "mailed code" ? ["200", "409 token_already_used"] : ["200", "202"]).toContain(answer);
    },
  );
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { httpSchemas, sessionItem } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { makeDeviceToken, makeReportToken } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { moveTo, undoTokenTo } from "../support/email-undo.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { GOOD_PASSWORD, OTHER_PASSWORD, registered, registration, resetLink } from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { totpCode, totpStepAt } from "../support/virtual-authenticator.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const UNDO = "/api/v2/auth/email-changes/undo";
const opsKey = randomBytes(32).toString("base64url");
const bearer = (shown: string) => ({ authorization: `Bearer ${shown}` });

/** Everything that opens something somewhere. */
const kinds = [
  "access token",
  "access token of a visitor",
  "refresh token",
  "link token",
  "link token of another challenge, spent",
  "link token of a registration",
  "link token of a password's reset",
  "link token of a change of address",
  "report token",
  "token of a change that can be undone",
  "device token",
  "mailed code",
  "mailed code of a registration",
  "password",
  "secret of a second factor",
  "code of a second factor",
  "backup code",
  "id of a sign-in that waits for its second factor",
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
let registrationId: string;
let waitingId: string;
let operationId: string;
/** Somebody whose password and second factor nobody here knows. */
const victim = "victim@example.com";
let victimsWaitingId: string;
let victimsBearer: { readonly authorization: string };
const secretOf = (kind: Kind): string => secrets.get(kind) ?? "";

const asksFor = (way: string, anonymous: object): Promise<HttpAnswer> =>
  system.request("POST", `/api/v2/auth/${way}`, { json: { email: "carol@example.com", anonymous } });
const merges = (anonymous: object): Promise<HttpAnswer> =>
  system.request("POST", "/api/v2/auth/merge", { headers: bearer(secretOf("access token")), json: { anonymous } });

/** What every place says that takes the token of a link: of another one's the same as of none. Many are too long for it. */
const ofLinks = ["400 token_invalid", "400 validation_failed"];
const verifies = (id: string, code: string): Promise<HttpAnswer> =>
  system.request("POST", "/api/v2/auth/2fa/verify", { json: { challengeId: id, code } });
const logsIn = (email: string, password: string): Promise<HttpAnswer> =>
  system.request("POST", "/api/v2/auth/password/login", { json: { email, password } });

/** Every place that takes one, and the kinds that it is made for. */
const places: readonly {
  readonly name: string;
  readonly takes: readonly Kind[];
  readonly show: (shown: string) => Promise<HttpAnswer>;
  /** How what it is for is shown, where tries that fail are counted and others' must not be used up. Default: likewise. */
  readonly showRight?: (shown: string) => Promise<HttpAnswer>;
  /** All that it may say of every other kind. Default: any refusal. */
  readonly says?: readonly string[];
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
    takes: [
      "link token",
      "link token of a registration",
      "link token of a password's reset",
      "link token of a change of address",
    ],
    show: (shown) => system.request("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": shown } }),
    says: ["400 token_invalid", "409 token_already_used"],
  },
  {
    name: "token of a link that signs in",
    takes: ["link token", "link token of a registration"],
    show: (token) => system.request("POST", "/api/v2/auth/magic-link/verify", { json: { token } }),
    says: [...ofLinks, "409 token_already_used"],
  },
  {
    name: "token of a password's reset",
    takes: ["link token of a password's reset"],
    show: (token) =>
      system.request("PATCH", "/api/v2/auth/password-resets", { json: { token, password: "quiet green lantern" } }),
    says: ofLinks,
  },
  {
    name: "token of a change of address",
    takes: ["link token of a change of address"],
    show: (token) => system.request("POST", "/api/v2/auth/email-changes/verify", { json: { token } }),
    says: ofLinks,
  },
  {
    name: "X-Link-Token of a report",
    takes: ["report token"],
    show: (shown) => system.request("GET", "/api/v2/auth/sessions/report", { headers: { "x-link-token": shown } }),
    says: ["400 token_invalid"],
  },
  {
    name: "token of a report",
    takes: ["report token"],
    show: (token) => system.request("POST", "/api/v2/auth/sessions/report", { json: { token } }),
    says: ofLinks,
  },
  {
    name: "X-Link-Token of an undo",
    takes: ["token of a change that can be undone"],
    show: (shown) => system.request("GET", UNDO, { headers: { "x-link-token": shown } }),
    says: ["400 token_invalid"],
  },
  {
    name: "token of an undo",
    takes: ["token of a change that can be undone"],
    show: (token) => system.request("POST", UNDO, { json: { token } }),
    says: ofLinks,
  },
  {
    name: "password of a sign-in",
    takes: ["password"],
    show: (password) => logsIn(victim, password),
    showRight: (password) => logsIn("grace@example.com", password),
  },
  {
    name: "currentPassword",
    takes: [],
    show: (currentPassword) =>
      system.request("PATCH", "/api/v2/auth/me/password", {
        headers: victimsBearer,
        json: { currentPassword, newPassword: "quiet green lantern" },
      }),
  },
  {
    name: "challengeId of a second factor",
    takes: [],
    show: (shown) => verifies(shown, "000000"),
    says: ["400 validation_failed", "401 totp_invalid"],
  },
  {
    name: "code of a second factor",
    takes: ["code of a second factor"],
    show: (code) => verifies(victimsWaitingId, code),
    showRight: (code) => verifies(waitingId, code),
  },
  {
    name: "code of a step-up",
    takes: [],
    show: (code) => system.request("POST", "/api/v2/auth/2fa/step-up", { headers: victimsBearer, json: { code } }),
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
  {
    name: "code of a registration",
    takes: ["mailed code of a registration"],
    show: (code) => system.request("POST", "/api/v2/auth/otp/verify", { json: { challengeId: registrationId, code } }),
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

const sessionOf = async ({ userId, sessionId }: Visitor) =>
  (await typedItems(system.table("session"), sessionItem).load(userId, sessionId))?.value;

/** An account with a second factor, of which one sign-in waits. */
async function withSecondFactor(email: string) {
  const { bearer: headers } = await registered(system, email, OTHER_PASSWORD);
  const post = async (path: string, json: object) =>
    (await system.call("POST", `/api/v2/auth/2fa/${path}`, { headers, json })).body as Record<string, unknown>;
  const secret = String((await post("setup", {}))["secret"]);
  const code = (): string => totpCode(secret, totpStepAt(system.clock.now()));
  const [backupCode = ""] = (await post("enable", { code: code() }))["backupCodes"] as readonly string[];
  await system.clock.advance(60_000);
  const { token } = await mailed(email);
  const { body } = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token } });
  const { secondFactor } = body as { readonly secondFactor: { readonly challengeId: string } };
  const waitingId = secondFactor.challengeId;
  return { bearer: headers, secret, code, backupCode, waitingId };
}

beforeAll(async () => {
  system = await inProcessSystem({ settings: { opsKeys: [{ name: "test", hash: opsKeyHash(opsKey) }] } });
  const spent = await mailed("ada@example.com");
  const signedIn = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token: spent.token } });
  const { user, session, tokens } = httpSchemas.authResult.parse(signedIn.body);
  const open = await mailed("bob@example.com");
  const waiting = await registration(system, "heidi@example.com");
  registrationId = waiting.challengeId;
  const resetToken = await resetLink(system, "ivan@example.com");
  await system.call("PATCH", "/api/v2/auth/me", {
    headers: bearer(tokens.accessToken),
    json: { email: "countess@example.com" },
  });
  await settled(system);
  const changeToken = signInMailTo(system.mails, "countess@example.com").token;
  const grace = await registered(system, "grace@example.com");
  const reported = await registered(system, "rupert@example.com");
  await moveTo(system, await registered(system, "peggy@example.com"), "margaret@example.com");
  const undoToken = undoTokenTo(system.mails, "peggy@example.com") ?? "";
  const { deviceId = "" } = (await sessionOf(grace)) ?? {};
  const mallory = await withSecondFactor("mallory@example.com");
  const unlucky = await withSecondFactor(victim);
  waitingId = mallory.waitingId;
  victimsWaitingId = unlucky.waitingId;
  victimsBearer = unlucky.bearer;
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
    ["link token of a registration", waiting.token],
    ["link token of a password's reset", resetToken],
    ["link token of a change of address", changeToken],
    ["report token", makeReportToken(system.derivation, reported)],
    ["token of a change that can be undone", undoToken],
    ["device token", makeDeviceToken(system.derivation, { userId: grace.userId, deviceId })],
    ["mailed code", open.code],
    ["mailed code of a registration", waiting.code],
    ["password", GOOD_PASSWORD],
    ["secret of a second factor", mallory.secret],
    ["code of a second factor", mallory.code()],
    ["backup code", mallory.backupCode],
    ["id of a sign-in that waits for its second factor", mallory.waitingId],
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
    const answer = await place.show(secretOf(kind));

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    if (place.says !== undefined) expect(place.says).toContain(wordsOf(answer));
  });

  // Last: these spend what they show, and had to be unspent after all of the above.
  it.each(places.flatMap((place) => place.takes.map((kind) => [kind, place.name, place] as const)))(
    "%s opens what it is for, as %s, after all that",
    async (kind, _, place) => {
      const { showRight = place.show } = place;
      const answer = wordsOf(await showRight(secretOf(kind)));

      // Link and code answer one challenge: whichever comes second is told that it was used, which only the right one is.
      const isCode = kind === "mailed code" || kind === "mailed code of a registration";
      expect(isCode ? ["200", "409 token_already_used"] : ["200", "202", "204"]).toContain(answer);
    },
  );
});

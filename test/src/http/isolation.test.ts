import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Route, routes } from "@lanyard/contracts";
import { challengeFor, signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

/** Somebody whose things are to stay theirs, with everything that another might come by but secrets. */
interface Victim extends Visitor {
  readonly other: Visitor;
  readonly visitor: Visitor;
  readonly challengeId: string;
  readonly code: string;
  readonly operationId: string;
  readonly key: string;
  /** Of an operation without a caller: read by its secret alone. */
  readonly anonymousOperationId: string;
}

interface Attempt {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** What is answered, in words; what is 2xx is about the one who asks. */
  readonly says: string;
}

const ADA = "ada@example.com";
const MALLORY = "mallory@example.com";
const ADAS_ADDRESS = { "x-forwarded-for": "198.51.100.1" };
const stream = { accept: "text/event-stream" };

let system: InProcessSystem;
let ada: Victim;
let mallory: Visitor;
beforeAll(async () => {
  system = await inProcessSystem({ settings: { trustedProxies: ["127.0.0.1/32"] } });
  ada = await victim();
});
beforeEach(async () => {
  mallory = await signIn(system);
});
afterAll(() => system.stop());

async function victim(): Promise<Victim> {
  const visitor = await signIn(system);
  const own = await signInByMail(system, ADA, ADAS_ADDRESS);
  const other = await signInByMail(system, ADA, ADAS_ADDRESS);
  const ended = await signInByMail(system, ADA);
  const key = randomUUID();
  const headers = { ...own.bearer, "idempotency-key": key };
  const ending = await system.call("DELETE", `/api/v2/auth/sessions/${ended.sessionId}`, { headers });
  const signing = await system.call("POST", "/api/v2/auth/anonymous", { json: {} });
  const { challengeId, code } = await challengeFor(system, ADA);
  return {
    ...own,
    other,
    visitor,
    challengeId,
    code,
    key,
    operationId: String(ending.headers["x-operation-id"]),
    anonymousOperationId: String(signing.headers["x-operation-id"]),
  };
}

/** A token of Mallory's that says it were Ada's, in each of its parts. */
function spliced(own: string, others: string): readonly string[] {
  const [mine, theirs] = [own.split("."), others.split(".")];
  return mine.map((_, index) => mine.map((part, at) => (at === index ? theirs[at] : part)).join("."));
}
const wrongCode = (): string => String((Number(ada.code) + 1) % 1_000_000).padStart(6, "0");
const asMallory = (headers: Readonly<Record<string, string>> = {}) => ({ ...mallory.bearer, ...headers });
const withAdasId = () => asMallory({ "x-user-id": ada.userId });

/** Whatever a route takes of ids and credentials: Mallory's with Ada's, or Ada's without their secrets. */
const attempts: Readonly<Record<string, () => readonly Attempt[] | Promise<readonly Attempt[]>>> = {
  requestMagicLink: () => [{ json: { email: ADA }, says: "202" }],
  requestEmailCode: () => [{ json: { email: ADA }, says: "202" }],
  async readMagicLink() {
    const { token } = await challengeFor(system, MALLORY);
    return [ada.challengeId, `${ada.challengeId}.${token.split(".").at(-1)}`, ada.code].map((guess) => ({
      headers: { "x-link-token": guess },
      says: "400 token_invalid",
    }));
  },
  async verifyMagicLink() {
    const { token } = await challengeFor(system, MALLORY);
    return [ada.challengeId, `${ada.challengeId}.${token.split(".").at(-1)}`, ada.code].flatMap((guess) => [
      { json: { token: guess }, says: "400 token_invalid" },
      { json: { token: guess }, headers: asMallory(stream), says: "400 token_invalid" },
    ]);
  },
  async verifyEmailCode() {
    const own = await challengeFor(system, MALLORY);
    const json = { challengeId: ada.challengeId, code: own.code === ada.code ? wrongCode() : own.code };
    return [
      { json, says: "401 otp_invalid" },
      { json, headers: asMallory(), says: "401 otp_invalid" },
      { json, headers: asMallory(stream), says: "200" },
    ];
  },
  readMe: () => [
    { headers: withAdasId(), says: "200" },
    { headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
    { headers: { "x-user-id": ada.visitor.userId }, says: "401 unauthenticated" },
  ],
  readSession: () => [
    { headers: asMallory(), says: "200" },
    { headers: withAdasId(), says: "400 conflicting_credentials" },
    { headers: asMallory({ "x-user-id": ada.visitor.userId }), says: "400 conflicting_credentials" },
    { headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
    ...spliced(mallory.accessToken, ada.accessToken).map((token) => ({
      headers: { authorization: `Bearer ${token}` },
      // Of two tokens with the same head and key the first part alone is the same.
      says: token === mallory.accessToken ? "200" : "401 token_invalid",
    })),
  ],
  refreshSession: () =>
    spliced(mallory.refreshToken, ada.refreshToken)
      .filter((token) => token !== mallory.refreshToken && token !== ada.refreshToken)
      .map((refreshToken) => ({ json: { refreshToken }, headers: asMallory(), says: "401 refresh_token_invalid" })),
  logout: () => [{ json: {}, headers: { ...withAdasId(), "idempotency-key": ada.key }, says: "204" }],
  listSessions: () => [
    { headers: withAdasId(), says: "200" },
    { headers: { "x-user-id": ada.visitor.userId }, says: "401 unauthenticated" },
  ],
  revokeOwnSession: () =>
    [ada, ada.other, ada.visitor].map(({ sessionId }) => ({
      path: `/api/v2/auth/sessions/${sessionId}`,
      headers: { ...withAdasId(), "idempotency-key": randomUUID() },
      says: "404 session_not_found",
    })),
  revokeOwnSessions: () => [
    {
      path: "/api/v2/auth/sessions?except=current",
      headers: { ...withAdasId(), "idempotency-key": ada.key },
      says: "204",
    },
    { path: `/api/v2/auth/sessions?userId=${ada.userId}`, headers: asMallory(), says: "400 validation_failed" },
    { headers: withAdasId(), says: "204" },
  ],
  revokeOwnTokens: () => [{ headers: { ...withAdasId(), "idempotency-key": ada.key }, says: "204" }],
  readOperation: () =>
    [ada.operationId, ada.anonymousOperationId].flatMap((operationId) =>
      [asMallory(), asMallory({ "x-operation-secret": ada.operationId }), asMallory(stream), withAdasId(), {}].map(
        (headers) => ({
          path: `/api/v2/operations/${operationId}`,
          headers,
          says: "404 operation_not_found",
        }),
      ),
    ),
  readSecurityEvents: () => [
    { headers: withAdasId(), says: "200" },
    { path: `/api/v2/auth/security-events?userId=${ada.userId}`, headers: asMallory(), says: "400 validation_failed" },
    { headers: { "x-user-id": ada.visitor.userId }, says: "401 unauthenticated" },
  ],
};

/** The routes of operators open for no user at all, whatever they name. */
const ofOperators = ({ path, method }: Route): readonly Attempt[] => {
  const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === "operationId" ? ada.operationId : name === "userId" ? ada.userId : "session",
  );
  const about = new URLSearchParams({ email: ADA, userId: ada.userId });
  return ["", `?${about}`].map((query) => ({
    path: `${named}${query}`,
    headers: withAdasId(),
    ...(method === "GET" ? {} : { json: {} }),
    says: "403 admin_required",
  }));
};

const all: readonly Route[] = routes.allRoutes;
/** The rest takes nothing of anyone, or is there in development only. */
const takesIdsOrCredentials = (route: Route): boolean =>
  route.developmentOnly !== true &&
  (route.auth !== "none" ||
    route.path.includes("{") ||
    route.headers !== undefined ||
    route.query !== undefined ||
    Object.keys(route.body?.shape ?? {}).length > 0);
const matrix = all.filter(takesIdsOrCredentials);

const standing = (): unknown =>
  ["session", "identity"].flatMap((table) =>
    system
      .table(table)
      .dump()
      .filter(({ key }) => [ada.userId, ada.visitor.userId].some((id) => key.pk.includes(id))),
  );
/** Whatever says something of Ada, to one who has not brought it along. */
const marks = ({ path = "", headers, json }: Attempt): readonly string[] => {
  const brought = JSON.stringify([path, headers, json]);
  const { userId, sessionId, accessToken, refreshToken, other, visitor, key } = ada;
  const known = [userId, sessionId, accessToken, refreshToken, key, ADA, "198.51.100.1", ada.code, ada.challengeId];
  const others = [other, visitor].flatMap((each) => [each.userId, each.sessionId, each.accessToken, each.refreshToken]);
  return [...known, ...others].filter((mark) => !brought.includes(mark));
};

describe("with another user's credentials", () => {
  it("every route is tried that takes an id or credentials", () => {
    const tried = matrix.filter(({ auth }) => auth !== "admin").map(({ id }) => id);

    expect(Object.keys(attempts).sort()).toEqual([...tried].sort());
  });

  it.each(matrix.map((route) => [route.id, route] as const))(
    "nothing of a user is had or changed: %s",
    async (id, route) => {
      const tries = route.auth === "admin" ? ofOperators(route) : ((await attempts[id]?.()) ?? []);
      const before = standing();
      expect(tries.length).toBeGreaterThan(0);

      for (const attempt of tries) {
        const { path = route.path, says, ...options } = attempt;
        const answer: HttpAnswer = await system.request(route.method, path, options);
        expect([path, wordsOf(answer)]).toEqual([path, says]);
        const told = JSON.stringify([answer.text, answer.headers]);
        expect(marks(attempt).filter((mark) => told.includes(mark))).toEqual([]);
        // A stream begins with 200, whatever comes of it.
        expect(answer.text).not.toContain("token-delivery");
      }
      expect(standing()).toEqual(before);
      for (const each of [ada, ada.other, ada.visitor]) expect(await seenBy(system, each.bearer)).toBe("200");
    },
  );
});

describe("with the same words of her own", () => {
  it("a user gets what is hers: the marks that others must not see are there", async () => {
    const { text } = await system.call("GET", "/api/v2/auth/sessions", { headers: ada.bearer });
    const operation = await system.call("GET", `/api/v2/operations/${ada.operationId}`, { headers: ada.bearer });

    for (const mark of [ada.sessionId, ada.other.sessionId, "198.51.100.1"]) expect(text).toContain(mark);
    expect(operation.status).toBe(200);
    expect(standing()).toHaveLength(8);
  });
});

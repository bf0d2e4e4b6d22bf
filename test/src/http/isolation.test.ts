import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { httpSchemas, type Route, routes } from "@lanyard/contracts";
import { challengeFor, signInByMail } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { type Owned, save } from "../support/merging.ts";
import { seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

/** Somebody whose things are to stay theirs, with everything that another might come by but secrets. */
interface Victim extends Visitor {
  readonly other: Visitor;
  readonly visitor: Visitor;
  readonly challengeId: string;
  readonly code: string;
  readonly operationId: string;
  readonly key: string;
  /** What she owns, and what her visitor does. */
  readonly item: Owned;
  readonly visitorsItem: Owned;
  /** Leads to the second of her items. */
  readonly cursor: string;
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
const CONFIGURATIONS = "/api/v2/data/configuration";

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
  const item = await save(system, own, "Ada's network", { value: "Ada's value" });
  await save(system, own, "Ada's storage", { value: "Ada's value" });
  const visitorsItem = await save(system, visitor, "Ada's earlier network", { value: "Ada's earlier value" });
  const { body } = await system.call("GET", `${CONFIGURATIONS}?limit=1`, { headers: own.bearer });
  const { cursor = "" } = httpSchemas.dataItems.parse(body);
  return {
    ...{ item, visitorsItem, cursor },
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

/** Mallory's own account: a visitor merges nobody. */
const asMalloryInPerson = async (headers: Readonly<Record<string, string>> = {}) => ({
  ...(await signInByMail(system, MALLORY)).bearer,
  ...headers,
});
const adasItems = () => [ada.item, ada.visitorsItem].map(({ id }) => `${CONFIGURATIONS}/${id}`);
/** Items by their ids, with every credential but the owner's; `options` go along. */
const onAdasItems = (options: Pick<Attempt, "json"> = {}): readonly Attempt[] =>
  adasItems().flatMap((path) => [
    { ...options, path, headers: asMallory(), says: "404 item_not_found" },
    { ...options, path, headers: asMallory({ "if-match": '"1"' }), says: "404 item_not_found" },
    { ...options, path, headers: asMallory({ "if-match": "*" }), says: "404 item_not_found" },
    { ...options, path, headers: withAdasId(), says: "400 conflicting_credentials" },
    { ...options, path, headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
    { ...options, path, headers: { "x-user-id": mallory.userId }, says: "404 item_not_found" },
  ]);
/** Whoever is shown as the visitor to be continued, but for a visitor's id: that is all that one has where ids count. */
const adaAsVisitor = (): readonly { readonly anonymous: object; readonly says: string }[] => [
  { anonymous: { userId: ada.userId }, says: "403 not_anonymous" },
  { anonymous: { userId: ada.sessionId }, says: "401 unauthenticated" },
  ...spliced(mallory.accessToken, ada.visitor.accessToken)
    .filter((token) => token !== mallory.accessToken)
    .map((accessToken) => ({ anonymous: { accessToken }, says: "401 token_invalid" })),
];

/** Whatever a route takes of ids and credentials: Mallory's with Ada's, or Ada's without their secrets. */
const attempts: Readonly<Record<string, () => readonly Attempt[] | Promise<readonly Attempt[]>>> = {
  requestMagicLink: () => [
    { json: { email: ADA }, says: "202" },
    ...adaAsVisitor().map(({ anonymous, says }) => ({ json: { email: MALLORY, anonymous }, says })),
  ],
  requestEmailCode: () => [
    { json: { email: ADA }, says: "202" },
    ...adaAsVisitor().map(({ anonymous, says }) => ({ json: { email: MALLORY, anonymous }, says })),
  ],
  async mergeVisitor() {
    const headers = await asMalloryInPerson({ "x-user-id": ada.userId, "idempotency-key": ada.key });
    const own = { anonymous: { accessToken: mallory.accessToken } };
    return [
      ...["?dryRun=true", ""].flatMap((query) => [
        ...adaAsVisitor().flatMap(({ anonymous, says }) =>
          [headers, { ...headers, ...stream }].map((shown) => ({
            path: `/api/v2/auth/merge${query}`,
            headers: shown,
            json: { anonymous },
            says,
          })),
        ),
        {
          path: `/api/v2/auth/merge${query}`,
          headers: asMallory(),
          json: { anonymous: { userId: ada.visitor.userId } },
          says: "403 account_required",
        },
        { path: `/api/v2/auth/merge${query}`, headers, json: own, says: "200" },
      ]),
      { headers, json: { ...own, userId: ada.userId }, says: "400 validation_failed" },
    ];
  },
  listItems: () => [
    { path: CONFIGURATIONS, headers: asMallory(), says: "200" },
    { path: `${CONFIGURATIONS}?held=true`, headers: asMallory(), says: "200" },
    { path: `${CONFIGURATIONS}?cursor=${ada.cursor}`, headers: asMallory(), says: "200" },
    { path: CONFIGURATIONS, headers: withAdasId(), says: "400 conflicting_credentials" },
    { path: CONFIGURATIONS, headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
    { path: `${CONFIGURATIONS}?userId=${ada.userId}`, headers: asMallory(), says: "400 validation_failed" },
  ],
  readItem: () => onAdasItems(),
  createItem: () => [
    {
      path: CONFIGURATIONS,
      headers: asMallory({ "idempotency-key": ada.key }),
      json: { name: "Mallory's", value: {} },
      says: "201",
    },
    {
      path: CONFIGURATIONS,
      headers: withAdasId(),
      json: { name: "x", value: {} },
      says: "400 conflicting_credentials",
    },
    ...[{ id: ada.item.id }, { userId: ada.userId }, { itemId: ada.item.id }].map((more) => ({
      path: CONFIGURATIONS,
      headers: asMallory(),
      json: { name: "x", value: {}, ...more },
      says: "400 validation_failed",
    })),
  ],
  replaceItem: () => onAdasItems({ json: { name: "Mallory's", value: {} } }),
  removeItem: () => onAdasItems(),
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
  ["session", "identity", "merge"].flatMap((table) =>
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
  const owned = [ada.item, ada.visitorsItem].flatMap(({ id, name, value }) => [id, name, String(value)]);
  return [...known, ...others, ...owned].filter((mark) => !brought.includes(mark));
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
    const { text: list } = await system.call("GET", CONFIGURATIONS, { headers: ada.bearer });
    expect(list).toContain(ada.item.id);
    expect(list).toContain("Ada's value");
    // Eight of who they are and where they are signed in; three items, each with its slot.
    expect(standing()).toHaveLength(8 + 6);
  });
});

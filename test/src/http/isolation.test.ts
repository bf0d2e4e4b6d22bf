import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Route, routes } from "@lanyard/contracts";
import type { DumpedItem } from "@lanyard/storage";
import { challengeFor, signInByMail } from "../support/account.ts";
import { forgedReports, forgedUndos } from "../support/forged-links.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { GOOD_PASSWORD, OTHER_PASSWORD, registered, resetLink } from "../support/passwords.ts";
import { nextCode } from "../support/second-factor.ts";
import { ADA, CONFIGURATIONS, spliced, type Victim, victim } from "../support/victim.ts";
import { seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

interface Attempt {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** What is answered, in words; what is 2xx is about the one who asks. */
  readonly says: string;
}

const MALLORY = "mallory@example.com";
const stream = { accept: "text/event-stream" };

let system: InProcessSystem;
let ada: Victim;
let mallory: Visitor;
beforeAll(async () => {
  system = await inProcessSystem({ settings: { trustedProxies: ["127.0.0.1/32"] } });
  ada = await victim(system);
});
beforeEach(async () => {
  mallory = await signIn(system);
});
afterAll(() => system.stop());

const wrongCode = (): string => String((Number(ada.code) + 1) % 1_000_000).padStart(6, "0");
const asMallory = (headers: Readonly<Record<string, string>> = {}) => ({ ...mallory.bearer, ...headers });
const withAdasId = () => asMallory({ "x-user-id": ada.userId });

/** Mallory's own account: a visitor merges nobody. */
const asMalloryInPerson = async (headers: Readonly<Record<string, string>> = {}) => ({
  ...(await signInByMail(system, MALLORY)).bearer,
  ...headers,
});
/** The same with a password and no second factor, signed in a moment ago. */
const inTheirAccount = async (headers: Readonly<Record<string, string>> = {}) => ({
  ...(await registered(system, `mallory-${randomUUID()}@example.com`, OTHER_PASSWORD)).bearer,
  ...headers,
});
const adasNextCode = (): Promise<string> => nextCode(system, ada.factor.secret);
const adasReports = (): readonly string[] => forgedReports(system, ada, mallory);
const adasUndos = (): readonly string[] => forgedUndos(system, ada, mallory);
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
  updateMe: async () => [
    {
      json: { displayName: "Mallory" },
      headers: { ...(await asMalloryInPerson()), "x-user-id": ada.userId },
      says: "200",
    },
    // Nothing tells that the address is another's: whoever reads its mail would be told.
    { json: { email: ADA }, headers: await asMalloryInPerson(), says: "200" },
    {
      json: { userId: ada.userId, displayName: "Mallory" },
      headers: await asMalloryInPerson(),
      says: "400 validation_failed",
    },
    { json: { displayName: "Mallory" }, headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
  ],
  async confirmEmailChange() {
    const { token } = await challengeFor(system, MALLORY);
    return [token, ada.challengeId, `ec_${token.slice(3)}`].map((guess) => ({
      json: { token: guess },
      headers: asMallory(),
      says: "400 token_invalid",
    }));
  },
  readEmailChange: () =>
    adasUndos().map((token) => ({ headers: { "x-link-token": token }, says: "400 token_invalid" })),
  undoEmailChange: () =>
    adasUndos().map((token) => ({ json: { token }, headers: asMallory(), says: "400 token_invalid" })),
  registerPassword: () => [{ json: { email: ADA, password: OTHER_PASSWORD }, headers: asMallory(), says: "202" }],
  signInByPassword: () => [
    { json: { email: ADA, password: OTHER_PASSWORD }, says: "401 credentials_invalid" },
    { json: { email: ADA, password: OTHER_PASSWORD }, headers: asMallory(stream), says: "200" },
    ...adaAsVisitor().map(({ anonymous, says }) => ({
      json: { email: MALLORY, password: OTHER_PASSWORD, anonymous },
      says,
    })),
  ],
  requestPasswordReset: () => [{ json: { email: ADA }, headers: asMallory(), says: "202" }],
  async resetPassword() {
    const own = await resetLink(system, MALLORY);
    return [ada.challengeId, `${own.slice(0, -43)}${"A".repeat(43)}`, `pr_${ada.code}`].map((token) => ({
      json: { token, password: OTHER_PASSWORD },
      headers: asMallory(),
      says: "400 token_invalid",
    }));
  },
  changePassword: async () => [
    {
      json: { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD },
      headers: await inTheirAccount({ "x-user-id": ada.userId, "idempotency-key": ada.key }),
      says: "401 credentials_invalid",
    },
    { json: { newPassword: OTHER_PASSWORD }, headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
  ],
  setUpSecondFactor: async () => [
    { json: {}, headers: await inTheirAccount({ "x-user-id": ada.userId }), says: "200" },
    { json: { userId: ada.userId }, headers: await inTheirAccount(), says: "400 validation_failed" },
    { json: {}, headers: { "x-user-id": ada.userId }, says: "401 unauthenticated" },
  ],
  enableSecondFactor: async () => [
    {
      json: { code: await adasNextCode() },
      headers: await inTheirAccount({ "x-user-id": ada.userId }),
      says: "409 totp_not_set_up",
    },
  ],
  verifySecondFactor: () => [
    { json: { challengeId: ada.waitingId, code: "000000" }, says: "401 totp_invalid" },
    { json: { challengeId: ada.waitingId, code: "AAAAA-AAAAA" }, headers: asMallory(), says: "401 totp_invalid" },
    { json: { challengeId: `sf_${ada.challengeId.slice(3)}`, code: "000000" }, says: "401 totp_invalid" },
  ],
  stepUp: async () => [
    {
      json: { code: await adasNextCode() },
      headers: await inTheirAccount({ "x-user-id": ada.userId }),
      says: "409 totp_not_set_up",
    },
    { json: { code: ada.factor.backupCodes[0] }, headers: await inTheirAccount(), says: "409 totp_not_set_up" },
  ],
  regenerateBackupCodes: async () => [
    { json: {}, headers: await inTheirAccount({ "x-user-id": ada.userId }), says: "409 totp_not_set_up" },
  ],
  disableSecondFactor: async () => [
    { headers: await inTheirAccount({ "x-user-id": ada.userId }), says: "409 totp_not_set_up" },
  ],
  readReport: () => adasReports().map((token) => ({ headers: { "x-link-token": token }, says: "400 token_invalid" })),
  reportSession: () =>
    adasReports().map((token) => ({ json: { token, others: true }, headers: asMallory(), says: "400 token_invalid" })),
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

/** Wrong codes are counted for whoever they are tried at: that is all that a stranger can do there. */
const withoutTries = (item: DumpedItem): unknown => {
  if (item.key.sk !== "second-factor") return item;
  const { failures: _, ...value } = item.value;
  return { key: item.key, value };
};
const standing = (): readonly unknown[] =>
  ["session", "identity", "merge"].flatMap((table) =>
    system
      .table(table)
      .dump()
      .filter(({ key }) => [ada.userId, ada.visitor.userId].some((id) => key.pk.includes(id)))
      .map(withoutTries),
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
    // Twelve of who they are, what proves it and where they are signed in; three items, each with its slot.
    expect(standing()).toHaveLength(12 + 6);
  });
});

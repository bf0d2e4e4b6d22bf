import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type CommandMessage, type EventMessage, flows, type Route, routes } from "@lanyard/contracts";
import { makeReportToken } from "@lanyard/session-manager";
import { challengeFor, signInByMail } from "../support/account.ts";
import { moveTo, undoTokenTo } from "../support/email-undo.ts";
import type { CallOptions } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { save } from "../support/merging.ts";
import { GOOD_PASSWORD, login, OTHER_PASSWORD, registered, resetLink } from "../support/passwords.ts";
import { enrolled, nextCode, shownCode, steppedUp, waitingIn } from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { signIn, type Visitor } from "../support/visitor.ts";

const client = {
  ip: "198.51.100.1",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
};
const email = "ada@example.com";

let system: InProcessSystem;
const commands: CommandMessage[] = [];
beforeEach(async () => {
  system = await inProcessSystem({ settings: { trustedProxies: ["127.0.0.1/32"] } });
  commands.length = 0;
  system.faults.loses = (_queue, { body }) => {
    const message = JSON.parse(body) as { readonly kind: string };
    if (message.kind === "command") commands.push(message as CommandMessage);
    return false;
  };
});
afterEach(() => system.stop());

/** What is asked of a user's own account: everything under `/auth` that starts something. */
const sensitive = routes.allRoutes.filter(
  (route: Route) => route.flow !== undefined && route.method !== "GET" && route.path.startsWith("/api/v2/auth/"),
);

/** For each of them a request that is carried out to its end. */
const asking: Readonly<Record<string, () => Promise<CallOptions & { readonly path?: string }>>> = {
  createAnonymousSession: async () => ({ json: {} }),
  requestMagicLink: async () => ({ json: { email } }),
  verifyMagicLink: async () => ({ json: { token: (await challengeFor(system, email)).token } }),
  requestEmailCode: async () => ({ json: { email } }),
  async verifyEmailCode() {
    const { challengeId, code } = await challengeFor(system, email);
    return { json: { challengeId, code } };
  },
  registerPassword: async () => ({ json: { email, password: GOOD_PASSWORD } }),
  async signInByPassword() {
    await registered(system, email);
    return { json: { email, password: GOOD_PASSWORD } };
  },
  requestPasswordReset: async () => ({ json: { email } }),
  resetPassword: async () => ({ json: { token: await resetLink(system, email), password: OTHER_PASSWORD } }),
  async changePassword() {
    const { bearer } = await registered(system, email);
    return { headers: bearer, json: { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD } };
  },
  async verifySecondFactor() {
    const { secret } = await enrolled(system, await registered(system, email));
    const challengeId = waitingIn(await login(system, email, GOOD_PASSWORD));
    return { json: { challengeId, code: await nextCode(system, secret) } };
  },
  setUpSecondFactor: async () => ({ headers: (await registered(system, email)).bearer, json: {} }),
  async enableSecondFactor() {
    const { bearer: headers } = await registered(system, email);
    const { body } = await system.call("POST", routes.setUpSecondFactor.path, { headers, json: {} });
    return { headers, json: { code: shownCode(system, (body as { secret: string }).secret) } };
  },
  async stepUp() {
    const own = await registered(system, email);
    const { secret } = await enrolled(system, own);
    return { headers: own.bearer, json: { code: await nextCode(system, secret) } };
  },
  regenerateBackupCodes: async () => ({ headers: (await withFreshFactor()).bearer, json: {} }),
  disableSecondFactor: async () => ({ headers: (await withFreshFactor()).bearer }),
  updateMe: async () => ({ headers: (await registered(system, email)).bearer, json: { displayName: "Ada" } }),
  async confirmEmailChange() {
    const { bearer: headers } = await registered(system, email);
    await system.call("PATCH", routes.updateMe.path, { headers, json: { email: "lovelace@example.com" } });
    await settled(system);
    return { json: { token: signInMailTo(system.mails, "lovelace@example.com").token } };
  },
  async undoEmailChange() {
    const account = await signInByMail(system, email);
    await moveTo(system, account, "lovelace@example.com");
    return { json: { token: undoTokenTo(system.mails, email) } };
  },
  async reportSession() {
    const { userId, sessionId } = await registered(system, email);
    return { json: { token: makeReportToken(system.derivation, { userId, sessionId }) } };
  },
  refreshSession: async () => ({ json: { refreshToken: (await signIn(system)).refreshToken } }),
  logout: async () => ({ headers: (await signIn(system)).bearer, json: {} }),
  async revokeOwnSession() {
    const { bearer, sessionId } = await signIn(system);
    return { headers: bearer, path: `/api/v2/auth/sessions/${sessionId}` };
  },
  revokeOwnSessions: async () => ({ headers: (await signInByMail(system, email)).bearer }),
  revokeOwnTokens: async () => ({ headers: (await signInByMail(system, email)).bearer }),
  async mergeVisitor() {
    const [account, visitor] = [await signInByMail(system, email), await signIn(system)];
    await save(system, visitor, "Network");
    return { headers: account.bearer, json: { anonymous: { accessToken: visitor.accessToken } } };
  },
};

/** An account whose second factor was proven a moment ago. */
async function withFreshFactor(): Promise<Visitor> {
  const own = await registered(system, email);
  const { secret } = await enrolled(system, own);
  return steppedUp(system, own, await nextCode(system, secret));
}

describe("what is known of a client", () => {
  it("is looked at for every route that changes who is signed in", () => {
    expect(Object.keys(asking).sort()).toEqual(sensitive.map(({ id }) => id).sort());
  });

  it.each(sensitive.map((route) => [route.id, route] as const))(
    "travels in every command and event that comes of a request: %s",
    async (id, { method, path }) => {
      const { headers, path: own = path, ...options } = (await asking[id]?.()) ?? {};
      const answer = await system.call(method, own, {
        ...options,
        headers: { ...headers, "x-forwarded-for": client.ip, "user-agent": client.userAgent },
      });
      const operationId = answer.headers["x-operation-id"];
      await settled(system);
      const sent = commands.filter((each) => each.operationId === operationId);
      const flow = routes.allRoutes.find((route: Route) => route.id === id) as Route;

      expect([200, 201, 202, 204]).toContain(answer.status);
      expect(new Set(sent.map(({ type }) => type))).toEqual(
        new Set(flow.flow?.steps.map(({ command }) => command.name)),
      );
      for (const each of sent) expect([each.type, each.client]).toEqual([each.type, client]);
      for (const event of eventsOf(operationId)) {
        expect(event).toMatchObject({ clientip: client.ip, clientuseragent: client.userAgent });
      }
    },
  );
});

describe("the merge that a sign-in begins", () => {
  it("is asked for by the client that answered the challenge, and nobody else is named in it", async () => {
    const { accessToken } = await signIn(system);
    const asked = { json: { email, anonymous: { accessToken } }, headers: { "x-forwarded-for": "198.51.100.9" } };
    await system.call("POST", "/api/v2/auth/otp", asked);
    await settled(system);
    const sent = commands.find(({ type }) => type === "notification.sendSignInMail");
    const answer = await system.call("POST", "/api/v2/auth/otp/verify", {
      json: { challengeId: sent?.outputs[0]?.["challengeId"], code: signInMailTo(system.mails, email).code },
      headers: { "x-forwarded-for": client.ip, "user-agent": client.userAgent },
    });
    const { merge } = answer.body as { readonly merge?: { readonly operationId: string } };
    await settled(system);
    const begun = commands.filter(({ operationId }) => operationId === merge?.operationId);

    expect(begun.map(({ type }) => type)).toEqual(flows.mergeVisitor.steps.map(({ command }) => command.name));
    for (const each of begun) expect([each.type, each.client]).toEqual([each.type, client]);
    expect(eventsOf(merge?.operationId).map(({ clientip }) => clientip)).toEqual(
      eventsOf(merge?.operationId).map(() => client.ip),
    );
    expect(eventsOf(merge?.operationId).length).toBeGreaterThanOrEqual(3);
  });
});

describe("the event of a sign-in", () => {
  it.each([
    ["createAnonymousSession", "anonymous"],
    ["verifyMagicLink", "magic_link"],
    ["verifyEmailCode", "email_otp"],
  ])("says who signed in and how, and the event of a new user who it is: %s", async (id, signInMethod) => {
    const route = routes.allRoutes.find((each: Route) => each.id === id) as Route;
    const answer = await system.call(route.method, route.path, await asking[id]?.());
    const { user, session } = answer.body as { user: { id: string; kind: string }; session: { id: string } };
    const events = eventsOf(answer.headers["x-operation-id"]);
    const dataOf = (type: string): unknown => events.find((event) => event.type === type)?.data;

    expect(dataOf("user.created")).toEqual({ userId: user.id, userKind: user.kind });
    expect(dataOf("session.opened")).toEqual({
      userId: user.id,
      userKind: user.kind,
      sessionId: session.id,
      method: signInMethod,
    });
  });
});

const eventsOf = (operationId: string | undefined): readonly EventMessage[] =>
  system.transport
    .published("events")
    .map(({ body }) => JSON.parse(body) as EventMessage)
    .filter(({ operationid }) => operationid === operationId);

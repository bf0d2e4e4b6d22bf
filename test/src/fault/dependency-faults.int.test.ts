import { GetQueueUrlCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSqsClient } from "@lanyard/aws";
import { eventConsumers, openApiDocument, workers } from "@lanyard/contracts";
import { responseValidator } from "@lanyard/contracts/testing";
import { type LocalCloud, readTopology, startLocalCloud } from "@lanyard/local-cloud";
import { eventually } from "@lanyard/messaging/testing";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { answerOf, type HttpAnswer, openCall } from "../support/http-call.ts";
import { followed, type SignedIn } from "../support/load.ts";
import { refusals } from "../support/refusals.ts";
import { bearerOf } from "../support/visitor.ts";

const DEADLINE_MS = 1000;
const TOO_LONG_MS = DEADLINE_MS + 3000;
const API = "/api/v2";
const SESSION = `${API}/auth/session`;

const dependencies = ["dynamodb", "sqs", "sns"] as const;
type Dependency = (typeof dependencies)[number];
const faults: readonly Fault[] = ["down", "slow", "hung", "throttled", "web page", "broken"];

const asDocumented = responseValidator(openApiDocument({ version: "0.0.0", serverUrl: "http://localhost" }));

let cloud: LocalCloud;
let system: DiskStack;
let auditor: Auditor;
let proxies: Record<Dependency, FaultProxy>;
/** Signed in before anything goes wrong: one that stays, one that was logged out, and those that each fault uses up. */
let lasting: SignedIn;
let loggedOut: SignedIn;
const spare: SignedIn[] = [];
/** Ended before anything goes wrong. */
let earlier: HttpAnswer;
/** Refreshes with a token of a session that is over, accepted while nobody could look; to be refused in the end. */
const refreshesOfNobody: HttpAnswer[] = [];
/** Sessions, by what clients were told of them. */
const seen = { signedIn: new Set<string>(), loggedOut: new Set<string>() };
/** Everything in which an answer was not what it may be. */
const wrong: string[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ dataDir: "memory" });
  const started = await Promise.all(
    dependencies.map(async (each) => [each, await startFaultProxy(cloud.endpoints[each], refusals[each])] as const),
  );
  proxies = Object.fromEntries(started) as Record<Dependency, FaultProxy>;
  system = await startDiskStack({
    dataDir: "memory",
    env: {
      ...cloud.env,
      AWS_ENDPOINT_URL_SQS: proxies.sqs.endpoint,
      AWS_ENDPOINT_URL_SNS: proxies.sns.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: proxies.dynamodb.endpoint,
      LANYARD_REQUEST_DEADLINE_MS: String(DEADLINE_MS),
    },
  });
  const { AWS_ENDPOINT_URL_SQS = "", AWS_ENDPOINT_URL_SNS = "", AWS_ENDPOINT_URL_DYNAMODB = "" } = cloud.env;
  // Past the proxies.
  auditor = await startAuditor({
    ...system.stack.env,
    AWS_ENDPOINT_URL_SQS,
    AWS_ENDPOINT_URL_SNS,
    AWS_ENDPOINT_URL_DYNAMODB,
  });
  // A few at a time: with so short a deadline a crowd of them would not be calm weather.
  for (let left = dependencies.length * faults.length; left > 0; left -= 1) {
    spare.push(...(await Promise.all([signIn(), signIn()])));
  }
  [lasting, loggedOut] = await Promise.all([signIn(), signIn()]);
  await loggedOutAsTold(loggedOut, await logoutOf(loggedOut));
  earlier = await call("POST", `${API}/auth/anonymous`, { prefer: "respond-async" });
  await followed(() => system.stack.baseUrl, { answer: earlier });
});
afterAll(async () => {
  auditor?.close();
  await system?.destroy();
  await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
  await cloud?.kill();
});

describe.each(dependencies)("while %s", (dependency) => {
  it.each(faults)(
    "is at fault (%s), nobody gets in by it, nobody waits long, and all is well when it ends",
    async (fault) => {
      const pids = processes();
      const proxy = proxies[dependency];
      const [refreshing, leaving] = spare.splice(0, 2) as [SignedIn, SignedIn];

      proxy.inject(fault);
      const [commands] = await Promise.all([commandsOf(refreshing, leaving), reads(), forgeries()]);
      expect(proxy.met).toBeGreaterThan(0);
      const missing = missingWhile(dependency, fault);
      await eventually(`services say what is missing: ${JSON.stringify(missing)}`, async () => lacks(missing));
      const later: HttpAnswer[] = [];
      if (Object.keys(missing).length > 0) {
        const [accepted] = await Promise.all([signInLater(), reads(), forgeries()]);
        later.push(accepted);
      }
      if (missing["gateway"] === "revocation view") {
        const refused = await call("GET", SESSION, bearerOf(lasting.tokens));
        expect(refused.body).toMatchObject({ code: "revocation_view_stale" });
      }
      proxy.inject("none");

      await eventually("every service is ready, and a visitor is signed in at once", async () => {
        const answers = await Promise.all(system.stack.services.map(({ url }) => readiness(url)));
        return answers.every(({ status }) => status === 200) && (await signedInAtOnce());
      });
      await Promise.all([
        ...[...commands.signIns, ...later].map(signedInAsTold),
        refreshedAsTold(refreshing, commands.refresh),
        loggedOutAsTold(leaving, commands.logout),
        ...refreshesOfNobody.splice(0).map(refusedInTheEnd),
      ]);
      expect((await call("GET", SESSION, bearerOf(lasting.tokens))).status).toBe(200);
      expect(wrong.splice(0)).toEqual([]);
      expect(processes()).toEqual(pids);
    },
  );
});

it("leaves no message behind, dead or alive, and every event was published that follows from what clients were told", async () => {
  const names = readTopology().queues.flatMap(({ name, deadLetterQueue }) => [name, deadLetterQueue.name]);
  await eventually("every queue is empty", async () =>
    (await Promise.all(names.map((name) => auditor.messagesIn(name)))).every((count) => count === 0),
  );
  const published = await publishedEvents();
  expect(seen.signedIn.size).toBeGreaterThan(2 * dependencies.length * faults.length);
  expect(seen.loggedOut.size).toBe(dependencies.length * faults.length + 1);
  const expected = [
    ...[...seen.signedIn].map((sessionId) => `session.opened ${sessionId}`),
    ...[...seen.loggedOut].map((sessionId) => `session.revoked ${sessionId}`),
  ];
  expect(expected.filter((event) => !published.has(event))).toEqual([]);
});

/** It takes five seconds: not waited for in every way that a read can fail. */
const GROWN_OLD = { gateway: "revocation view" };
const viewGrowsOld = (fault: Fault): boolean => fault === "down" || fault === "web page";

/**
 * By service, where it shows soon. Nothing shows of what is only slow. Of what hangs the gateway's view grows old; workers
 * and inbox wait as long as a long poll may take, and more than once.
 */
function missingWhile(dependency: Dependency, fault: Fault): Readonly<Record<string, string>> {
  if (fault === "slow") return {};
  if (fault === "hung") return dependency === "dynamodb" ? GROWN_OLD : {};
  const paused = Object.fromEntries([...workers, ...eventConsumers].map((name) => [name, `queue ${name}: paused`]));
  switch (dependency) {
    case "dynamodb":
      // Sign-ins cannot be counted and go no further; refreshes reach the session worker.
      return { ...(viewGrowsOld(fault) && GROWN_OLD), session: "queue session: paused" };
    case "sqs":
      return { gateway: "inbox", ...paused };
    case "sns":
      return { identity: "queue identity: paused" };
  }
}

async function lacks(missing: Readonly<Record<string, string>>): Promise<boolean> {
  const answers = await Promise.all(
    system.stack.services.map(async ({ name, url }) => ({ lacking: missing[name], ...(await readiness(url)) })),
  );
  return answers.every(
    ({ lacking, status, body }) =>
      lacking === undefined || (status === 503 && (body as { missing: string[] }).missing.includes(lacking)),
  );
}

interface Commands {
  readonly signIns: readonly HttpAnswer[];
  readonly refresh: HttpAnswer;
  readonly logout: HttpAnswer;
}

async function commandsOf(refreshing: SignedIn, leaving: SignedIn): Promise<Commands> {
  const [refresh, logout, ...signIns] = await Promise.all([
    refreshOf(refreshing),
    logoutOf(leaving),
    ...Array.from({ length: 3 }, () => allowed([201, 202, 503], "POST", `${API}/auth/anonymous`)),
  ]);
  return { signIns, refresh, logout };
}

async function reads(): Promise<void> {
  const { operationSecret } = earlier.body as { readonly operationSecret: string };
  await Promise.all([
    allowed([200, 503], "GET", SESSION, bearerOf(lasting.tokens)),
    allowed([200, 503], "GET", SESSION, { "x-user-id": lasting.user.id }),
    allowed([200, 503], "GET", earlier.headers["location"] ?? "", { "x-operation-secret": operationSecret }),
    allowed([200, 503], "GET", "/.well-known/jwks.json"),
    allowed([200], "GET", "/healthz"),
    allowed([200, 503], "GET", "/readyz"),
  ]);
}

/** Whoever has nothing good to show. */
async function forgeries(): Promise<void> {
  const [header, claims, signature = ""] = lasting.tokens.accessToken.split(".");
  const otherSignature = `${header}.${claims}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
  const otherKey = Buffer.from(JSON.stringify({ alg: "ES256", typ: "at+jwt", kid: "none" })).toString("base64url");
  await Promise.all([
    allowed([403], "GET", SESSION, bearerOf(loggedOut.tokens)),
    allowed([401, 403, 503], "GET", SESSION, { "x-user-id": loggedOut.user.id }),
    allowed([401], "GET", SESSION, { authorization: `Bearer ${otherSignature}` }),
    allowed([401, 503], "GET", SESSION, { authorization: `Bearer ${otherKey}.${claims}.${signature}` }),
    refreshOfNobody(),
    allowed([404, 503], "GET", earlier.headers["location"] ?? "", { "x-operation-secret": "guessed" }),
  ]);
}

async function refreshOfNobody(): Promise<void> {
  const { refreshToken } = loggedOut.tokens;
  const answer = await allowed([401, 202, 503], "POST", `${API}/auth/session/refresh`, {}, { refreshToken });
  if (answer.status === 202) refreshesOfNobody.push(answer);
}

async function refusedInTheEnd({ headers, body }: HttpAnswer): Promise<void> {
  const { operationSecret } = body as { readonly operationSecret: string };
  const ended = await eventually("the refresh has ended", async () => {
    const read = await call("GET", headers["location"] ?? "", { "x-operation-secret": operationSecret });
    return read.status === 200 && read;
  });
  expect(ended.body).toMatchObject({ status: "failed", problem: { code: "refresh_token_invalid" } });
}

/** Whether it can be accepted at all. */
const signInLater = (): Promise<HttpAnswer> =>
  allowed([202, 503], "POST", `${API}/auth/anonymous`, { prefer: "respond-async" });

async function signedInAtOnce(): Promise<boolean> {
  const answer = await allowed([201, 202, 503], "POST", `${API}/auth/anonymous`);
  if (answer.status !== 503) await signedInAsTold(answer);
  return answer.status === 201;
}

const refreshOf = ({ tokens: { refreshToken } }: SignedIn): Promise<HttpAnswer> =>
  allowed([200, 202, 503], "POST", `${API}/auth/session/refresh`, {}, { refreshToken });
const logoutOf = ({ tokens }: SignedIn): Promise<HttpAnswer> =>
  allowed([204, 202, 503], "POST", `${API}/auth/logout`, bearerOf(tokens));

async function signedInAsTold(answer: HttpAnswer): Promise<void> {
  if (answer.status === 503) return;
  await isLetIn(answer.status === 201 ? (answer.body as SignedIn) : await followedToItsEnd(answer));
}

/** A refusal may have come after the command went out: then the same token, soon after, gives what it gave. */
async function refreshedAsTold(visitor: SignedIn, told: HttpAnswer): Promise<void> {
  const answer = told.status === 503 ? await refreshOf(visitor) : told;
  await isLetIn(answer.status === 200 ? (answer.body as SignedIn) : await followedToItsEnd(answer));
}

async function loggedOutAsTold(visitor: SignedIn, told: HttpAnswer): Promise<void> {
  if (told.status === 503) await allowed([204, 202, 403], "POST", `${API}/auth/logout`, bearerOf(visitor.tokens));
  await eventually("the session has ended", async () => {
    const { status } = await call("GET", SESSION, bearerOf(visitor.tokens));
    if (told.status === 204 && status !== 403) wrong.push(`a session that was told to be over: ${status}`);
    return status === 403;
  });
  seen.loggedOut.add(visitor.session.id);
}

async function isLetIn(visitor: SignedIn): Promise<void> {
  seen.signedIn.add(visitor.session.id);
  const { body } = await allowed([200], "GET", SESSION, bearerOf(visitor.tokens));
  expect(body).toMatchObject({ user: { id: visitor.user.id }, session: { id: visitor.session.id } });
}

async function followedToItsEnd(answer: HttpAnswer): Promise<SignedIn> {
  expect(answer.status).toBe(202);
  const { signedIn } = await followed(() => system.stack.baseUrl, { answer });
  if (signedIn === undefined) throw new Error("an operation that was accepted has not succeeded");
  return signedIn;
}

async function signIn(): Promise<SignedIn> {
  const answer = await allowed([201, 202], "POST", `${API}/auth/anonymous`);
  return answer.status === 201 ? (answer.body as SignedIn) : followedToItsEnd(answer);
}

/** Type and session of every event that was published, read past the proxies. */
async function publishedEvents(): Promise<ReadonlySet<string>> {
  const sqs = createSqsClient({ region: cloud.env.AWS_REGION, endpoint: cloud.endpoints.sqs });
  const events = new Set<string>();
  try {
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: `${system.stack.env["LANYARD_PREFIX"]}-auditor` }),
    );
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      if (Messages.length === 0) return events;
      for (const { Body = "" } of Messages) {
        const { type, data } = JSON.parse(Body) as {
          readonly type: string;
          readonly data: { readonly sessionId?: string };
        };
        events.add(`${type} ${data.sessionId}`);
      }
    }
  } finally {
    sqs.destroy();
  }
}

/** A call whose answer is held against the document, the statuses it may have and the time it may take. */
async function allowed(
  statuses: readonly number[],
  method: string,
  path: string,
  headers: Record<string, string> = {},
  json?: unknown,
): Promise<HttpAnswer> {
  const askedAt = Date.now();
  const answer = await call(method, path, headers, json);
  const tookMs = Date.now() - askedAt;
  const asked = `${method} ${path} with ${Object.keys(headers).join()}`;
  const said = `${answer.status} ${answer.text}`;
  if (!statuses.includes(answer.status)) wrong.push(`${asked}: ${said}`);
  if (tookMs > TOO_LONG_MS) wrong.push(`${asked} took ${tookMs} ms: ${said}`);
  if (answer.status === 503 && path !== "/readyz" && !/^[1-9]\d*$/.test(answer.headers["retry-after"] ?? "")) {
    wrong.push(`${asked}: no time to come back, ${said}`);
  }
  try {
    asDocumented(method, path, answer);
  } catch (error) {
    wrong.push(String(error));
  }
  return answer;
}

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  json?: unknown,
): Promise<HttpAnswer> {
  return answerOf(
    await openCall(system.stack.baseUrl, method, path, { headers, ...(json === undefined ? {} : { json }) }),
  );
}

const readiness = async (url: string | undefined): Promise<HttpAnswer> =>
  answerOf(await openCall(url ?? "", "GET", "/readyz", {}));
const processes = (): (number | undefined)[] => system.stack.services.map(({ pid }) => pid);

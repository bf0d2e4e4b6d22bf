import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Stack, startStack } from "@lanyard/scripts/stack";
import { type Answered, type Asked, type Lie, lyingGateway } from "./lying-gateway.ts";

const script = join(import.meta.dirname, "../../../scripts/src/smoke.ts");

interface Ended {
  status: number;
  output: string;
}

interface Report {
  baseUrl: string;
  ok: boolean;
  notTaken: number;
  steps: { name: string; ok: boolean; milliseconds: number; expected?: string; seen?: string }[];
}

/** Runs the script as people do, and waits for its end. */
function smoke(...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], { encoding: "utf8" }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ status: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

async function smokeReport(...args: string[]): Promise<Report> {
  return JSON.parse((await smoke("--json", ...args)).output) as Report;
}

const servers: Server[] = [];

/** Something that answers HTTP in place of a gateway. */
async function broken(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let stack: Stack;

beforeAll(async () => {
  // On the cloud of this run, so that this is a journey on LocalStack when the run is.
  const ofTheCloud = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"));
  stack = await startStack({
    dataDir: "memory",
    prefix: `smoke-${randomUUID().slice(0, 8)}`,
    mode: "development",
    env: Object.fromEntries(ofTheCloud),
    log: () => undefined,
    superviseRestarts: false,
  });
});

afterAll(() => stack.stop());

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe("a smoke journey through a running stack", () => {
  it("succeeds at every step, with a line for each, and prints no token", async () => {
    const { status, output } = await smoke("--base-url", stack.baseUrl);
    const lines = output.trim().split("\n");
    expect(lines.filter((line) => !/^✓ .* +\d+ ms$/.test(line))).toEqual([
      `${stack.baseUrl}: all ${lines.length - 1} steps succeeded`,
    ]);
    expect(lines.length).toBeGreaterThan(12);
    expect(output).not.toMatch(/eyJ|[\w-]{60}/);
    expect(status).toBe(0);
  });

  it("is one JSON object when asked for, and leaves out X-User-ID where it is not taken", async () => {
    const whole = await smokeReport("--base-url", stack.baseUrl);
    expect(whole).toMatchObject({ baseUrl: stack.baseUrl, ok: true, notTaken: 0 });
    const without = await smokeReport("--base-url", `${stack.baseUrl}/`, "--without-visitor-ids");
    expect(without).toMatchObject({ baseUrl: stack.baseUrl, ok: true, notTaken: 0 });
    expect(whole.steps.length - without.steps.length).toBe(2);
  });
});

describe("a smoke journey through something else", () => {
  it("fails at the first step that is not answered as it should be, and says what was expected and what was seen", async () => {
    const baseUrl = await broken((_request, response) =>
      response.setHeader("content-type", "text/html").end("Welcome"),
    );
    const { status, output } = await smoke("--base-url", baseUrl);
    expect(status).toBe(1);
    expect(output).toMatch(/^✗ the deployment is ready +\d+ ms$/m);
    expect(output).toContain("expected: GET /readyz to answer 200 application/json\n");
    expect(output).toContain("seen:     200 text/html\n");
    expect(output).toMatch(/step 1 of \d+ failed, \d+ not taken/);
  });

  it.each<[string, string, RequestListener]>([
    [
      "nonsense",
      "200 application/json that is not JSON",
      (_request, response) => response.end("eyJ0b2tlbiI6MX0.secret"),
    ],
    [
      "another form",
      'status: Invalid option: expected one of "ready"|"not-ready"; missing: Invalid input: expected array, received undefined',
      (_request, response) => response.end('{"status":"secret"}'),
    ],
    [
      "that it is not ready",
      "not ready, missing: queue token",
      (_request, response) => response.writeHead(503).end('{"status":"not-ready","missing":["queue token"]}'),
    ],
    [
      "a redirect",
      "302 application/json",
      (_request, response) => response.writeHead(302, { location: "/secret" }).end(),
    ],
  ])("that answers %s tells: %s", async (_what, seen, listener) => {
    const baseUrl = await broken((request, response) => {
      response.setHeader("content-type", "application/json");
      listener(request, response);
    });
    const { ok, steps } = await smokeReport("--base-url", baseUrl);
    expect([ok, steps.length, steps[0]?.seen]).toEqual([false, 1, seen]);
    expect(JSON.stringify(steps)).not.toContain("secret");
  });

  it("does not wait for an answer that does not come", async () => {
    const baseUrl = await broken(() => undefined);
    const { steps } = await smokeReport("--base-url", baseUrl, "--timeout-seconds", "0.2");
    expect(steps[0]?.seen).toBe("no whole answer in the time a step has (--timeout-seconds)");
  });

  it("says that nothing listens", async () => {
    const { steps } = await smokeReport("--base-url", "http://127.0.0.1:1");
    expect(steps[0]).toMatchObject({
      ok: false,
      expected: "GET /readyz to be answered",
      seen: expect.stringContaining("no answer"),
    });
  });
});

const isSession = ({ path }: Asked): boolean => path === "/api/v2/auth/session";
const isSignIn = ({ path }: Asked): boolean => path === "/api/v2/auth/anonymous";
const isOperation = ({ path }: Asked): boolean => path.startsWith("/api/v2/operations/");

/** Answers what `when` holds of as something of the kind was answered last that succeeded. */
function asBefore(isOfKind: (asked: Asked) => boolean, when: (asked: Asked) => boolean): Lie {
  let before: Answered | undefined;
  return {
    answer(answered, asked) {
      if (!isOfKind(asked)) return;
      if (answered.status === 200) before = { ...answered };
      else if (before !== undefined && when(asked)) Object.assign(answered, before);
    },
  };
}

/** For each step, what a gateway gets wrong that this step and none before it finds out. */
const lies: Record<string, Lie> = {
  "the deployment is ready": {
    answer: (answered, { path }) => {
      if (path === "/readyz") answered.status = 404;
    },
  },
  "its OpenAPI document describes what this journey calls": {
    answer: (answered) => {
      answered.text = answered.text.replaceAll('"/api/v2/auth/session"', '"/api/v1/auth/session"');
    },
  },
  "it publishes the keys of its tokens": {
    answer: (answered, { path }) => {
      if (path.endsWith("jwks.json")) answered.text = '{"keys":[]}';
    },
  },
  "a visitor gets a user, a session and tokens": {
    answer: (answered, asked) => {
      if (isSignIn(asked)) answered.text = answered.text.replace('"refreshToken"', '"refresh_token"');
    },
  },
  "its access token is signed by a published key, and says the same": {
    answer: (answered, asked) => {
      if (isSignIn(asked)) answered.text = answered.text.replace(/"id":"[^"]+"/, `"id":"${randomUUID()}"`);
    },
  },
  "the session is found by its access token": {
    answer: (answered, asked) => {
      if (isSession(asked)) answered.text = answered.text.replace(/"id":"[^"]+"/, `"id":"${randomUUID()}"`);
    },
  },
  "the session is found by the visitor's X-User-ID": { ask: ({ headers }) => headers.delete("x-user-id") },
  "without credentials there is no session": asBefore(isSession, ({ headers }) => !headers.has("authorization")),
  "credentials of two users are refused": {
    ask: ({ headers }) => {
      if (headers.has("authorization")) headers.delete("x-user-id");
    },
  },
  "a token with another signature or other claims is refused": asBefore(
    isSession,
    ({ headers }) => headers.has("authorization") && !headers.has("x-user-id"),
  ),
  "a sign-in that is not waited for is accepted": { ask: ({ headers }) => headers.delete("prefer") },
  "its operation ends in tokens, for whoever holds its secret": {
    answer: (answered, asked) => {
      if (isOperation(asked)) answered.text = answered.text.replace('"succeeded"', '"failed"');
    },
  },
  "its operation is hidden from everyone else": asBefore(isOperation, () => true),
  "a streamed sign-in tells its progress and ends in tokens": {
    answer: (answered) => {
      answered.text = answered.text.replace("event: token-delivery", "event: pending");
    },
  },
  "garbage is answered with problem details": {
    answer: (answered) => {
      if (answered.text.includes("malformed_json")) answered.mediaType = "application/json";
    },
  },
};

describe("a smoke journey through a gateway that gets one thing wrong", () => {
  it.each(Object.entries(lies))("ends at the step: %s", async (name, lie) => {
    const gateway = await lyingGateway(stack.baseUrl, lie);
    const { ok, steps } = await smokeReport("--base-url", gateway.baseUrl);
    await gateway.stop();
    expect([ok, steps.at(-1)?.name, steps.filter((step) => !step.ok).length]).toEqual([false, name, 1]);
  });

  it("is proven for every step that there is", async () => {
    const gateway = await lyingGateway(stack.baseUrl, {});
    const { ok, steps } = await smokeReport("--base-url", gateway.baseUrl);
    await gateway.stop();
    expect([ok, steps.map((step) => step.name)]).toEqual([true, Object.keys(lies)]);
  });
});

describe("npm run smoke", () => {
  it("helps, and refuses what it does not know with another exit status", async () => {
    expect(await smoke("--help")).toMatchObject({ status: 0, output: expect.stringContaining("--timeout-seconds") });
    expect(await smoke()).toEqual({ status: 2, output: "--base-url is missing: see npm run smoke -- --help\n" });
  });
});

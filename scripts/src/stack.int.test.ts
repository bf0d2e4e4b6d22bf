import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DataDirInUse } from "@lanyard/local-cloud";
import { PortTaken, type Stack, type StackOptions, startStack } from "./stack.ts";

let dataDir: string;
const started: Stack[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-stack-"));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((stack) => stack.destroy()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({
    dataDir: "memory",
    mode: "development",
    log: () => undefined,
    superviseRestarts: false,
    ...options,
  });
  started.push(stack);
  return stack;
}

const askForAnonymousSession = (baseUrl: string) => fetch(`${baseUrl}/api/v2/auth/anonymous`, { method: "POST" });

async function signInAnonymously(baseUrl: string): Promise<string> {
  const response = await askForAnonymousSession(baseUrl);
  expect(response.status).toBe(201);
  const { tokens } = (await response.json()) as { tokens: { accessToken: string } };
  return tokens.accessToken;
}

async function sessionStatus(baseUrl: string, accessToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(`${baseUrl}/api/v2/auth/session`, { headers })).status;
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${fact}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const pidsOf = (stack: Stack) => [
  ...stack.services.map((each) => each.pid),
  ...Object.values(stack.cloud?.pids ?? {}),
  stack.mailbox?.pid,
];

interface Mailbox {
  messages: { to: string; links: string[]; codes: string[] }[];
}

describe("a stack", () => {
  it("answers on each of its gateways, and leaves no process when it is stopped", async () => {
    const stack = await start({ gateways: 2, workers: { token: 2 } });
    const [first = "", second = ""] = stack.baseUrls;
    expect(await sessionStatus(second, await signInAnonymously(first))).toBe(200);
    expect(stack.services.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "token-0 ready",
      "token-1 ready",
      "identity-0 ready",
      "session-0 ready",
      "merge-0 ready",
      "notification-0 ready",
      "audit-0 ready",
      "gateway-0 ready",
      "gateway-1 ready",
    ]);
    const pids = pidsOf(stack);
    expect(pids.map(isAlive)).not.toContain(false);
    await stack.stop();
    expect(pids.map(isAlive)).not.toContain(true);
  });

  it("knows its sessions again after a stop and a start on the same data", async () => {
    const first = await start({ dataDir, env: { LANYARD_PUBLIC_URL: "http://localhost:1" } });
    const accessToken = await signInAnonymously(first.baseUrl);
    await first.stop();
    const second = await start({ dataDir, env: { LANYARD_PUBLIC_URL: "http://localhost:1" } });
    expect(await sessionStatus(second.baseUrl, accessToken)).toBe(200);
  });

  it("brings back a service and a part of the cloud that are killed", async () => {
    const told: string[] = [];
    const stack = await start({ dataDir, superviseRestarts: true, log: (line) => told.push(line) });
    await stack.kill("token-0", "SIGKILL");
    process.kill(stack.cloud?.pids.tables ?? Number.NaN, "SIGKILL");
    await until(() => told.includes("token-0 is back") && told.includes("embedded tables are back"));
    // The killed worker's last poll may have taken the first message with it, which then comes back 30 s later.
    await until(async () => (await askForAnonymousSession(stack.baseUrl)).status === 201);
  });

  it("shows the mails it sends, as JSON and as a page", async () => {
    const stack = await start();
    const asked = await fetch(`${stack.baseUrl}/api/v2/auth/magic-link`, {
      method: "POST",
      headers: { "content-type": "application/json", "accept-language": "de" },
      body: JSON.stringify({ email: "Ada@Example.com" }),
    });
    expect(asked.status).toBe(202);
    const url = `${stack.baseUrl}/dev/mailbox?to=ada@example.com`;
    const messages = async () => ((await (await fetch(url)).json()) as Mailbox).messages;
    await until(async () => (await messages()).length === 1);
    const [mail] = await messages();
    expect(mail).toMatchObject({ to: "ada@example.com", codes: [expect.stringMatching(/^\d{6}$/)] });
    expect(mail?.links).toEqual([expect.stringContaining(`${stack.env["LANYARD_PUBLIC_URL"]}/auth/continue#token=`)]);
    const page = await fetch(url, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'unsafe-inline'/);
    expect(await page.text()).toContain(`<code>${mail?.codes[0]}</code>`);
  });

  it("starts no mailbox when it is told of a mail server", async () => {
    const stack = await start({ env: { LANYARD_SMTP_URL: "smtp://127.0.0.1:1" } });
    expect(stack.mailbox).toBeUndefined();
    expect(stack.env["LANYARD_SMTP_URL"]).toBe("smtp://127.0.0.1:1");
    expect((await fetch(`${stack.baseUrl}/dev/mailbox`)).status).toBe(503);
  });

  it("restarts a gateway on its port", async () => {
    const stack = await start();
    const before = stack.services.find((each) => each.id === "gateway-0");
    await stack.kill("gateway-0", "SIGKILL");
    await stack.restart("gateway-0");
    const after = stack.services.find((each) => each.id === "gateway-0");
    expect(after?.url).toBe(before?.url);
    expect(after?.pid).not.toBe(before?.pid);
    await signInAnonymously(stack.baseUrl);
  });

  it("writes what its services say to the log file, and no key", async () => {
    const logFile = join(dataDir, "logs", "stack.log");
    const stack = await start({ logFile });
    await signInAnonymously(stack.baseUrl);
    await stack.stop();
    const log = await readFile(logFile, "utf8");
    const records = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { service: string });
    expect([...new Set(records.map((each) => each.service))]).toEqual(
      expect.arrayContaining([
        "token",
        "identity",
        "session",
        "merge",
        "notification",
        "audit",
        "gateway",
        "provision",
      ]),
    );
    for (const name of ["LANYARD_SEALING_KEYS", "LANYARD_DERIVATION_KEYS"]) {
      expect(log).not.toContain(stack.env[name]?.split(":")[1]);
    }
    expect(stack.env["LANYARD_OPS_KEY"]).toMatch(/^[\w-]{43}$/);
    expect(log).not.toContain(stack.env["LANYARD_OPS_KEY"]);
  });
});

describe("a stack that cannot start", () => {
  it("says that another one uses its data", async () => {
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(DataDirInUse);
  });

  it("says that the gateway's port is taken, and takes no other", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => occupant.once("listening", resolve));
    const address = occupant.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    await expect(start({ gatewayPort: address.port })).rejects.toThrow(new PortTaken(address.port));
    occupant.close();
  });

  it("fails with what a service says of its configuration, and not again and again", async () => {
    const told: string[] = [];
    const env = { LANYARD_SEALING_KEYS: "broken" };
    const failing = start({ env, superviseRestarts: true, log: (line) => told.push(line) });
    await expect(failing).rejects.toThrow(/did not start: it ended \(exit 78\)\n[^]*LANYARD_SEALING_KEYS/);
    expect(told.filter((line) => /unexpectedly|is back/.test(line))).toEqual([]);
  });

  it("says why nothing could be provisioned", async () => {
    const nowhere = "http://127.0.0.1:1";
    const env = {
      AWS_ENDPOINT_URL: nowhere,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
    };
    await expect(start({ env })).rejects.toThrow(/provisioning failed \(exit 1\)\n[^]*127\.0\.0\.1:1/);
  });
});

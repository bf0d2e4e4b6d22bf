import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { ServiceId } from "@lanyard/scripts/stack";
import { startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { answerOf, openCall } from "../support/http-call.ts";
import { followed, signInOnce, type Told } from "../support/load.ts";

const startScript = join(import.meta.dirname, "../../../scripts/src/start.ts");
/** The port may be another one at each start; the issuer of tokens must not. */
const LANYARD_PUBLIC_URL = "http://localhost:8080";
const ORPHANS_END_WITHIN_MS = 10_000;

let dataDir: string;
const systems: DiskStack[] = [];
const parents: ChildProcess[] = [];
const family: Process[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-fault-"));
});
afterEach(async () => {
  await Promise.all(systems.splice(0).map((each) => each.destroy()));
  await Promise.all(parents.splice(0).map(stopParent));
  for (const orphan of family.splice(0)) if (await isRunning(orphan)) process.kill(orphan.pid, "SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

describe("a system of which every process was killed", () => {
  it("has its users, sessions and keys again when it is started on its data, and ends what was queued", async () => {
    const first = await start();
    const earlier = await Promise.all(Array.from({ length: 10 }, () => signInOnce(first.stack.baseUrl)));
    const keys = await read(first.stack.baseUrl, "/.well-known/jwks.json");

    await Promise.all(["token-0", "identity-0", "session-0"].map((id) => first.stack.kill(id as ServiceId, "SIGKILL")));
    const queued = await Promise.all(Array.from({ length: 20 }, () => signInOnce(first.stack.baseUrl, true)));
    expect(new Set(queued.map(({ status }) => status))).toEqual(new Set([202]));
    for (const pid of [first.stack.services.at(-1)?.pid, ...Object.values(first.stack.cloud?.pids ?? {})]) {
      process.kill(pid ?? Number.NaN, "SIGKILL");
    }
    await first.destroy();

    const second = await start();
    const { baseUrl } = second.stack;
    const auditor = await startAuditor(second.stack.env, { hearsEvents: false });
    const ended = await Promise.all(
      queued.map(async (told): Promise<Told> => ({ ...told, ...(await followed(() => baseUrl, told)) })),
    );
    expect(await auditor.faults([...earlier, ...ended])).toEqual([]);
    auditor.close();

    expect(await read(baseUrl, "/.well-known/jwks.json")).toEqual(keys);
    for (const { signedIn } of [...earlier, ...ended]) {
      const session = { status: 200, body: { user: signedIn?.user, session: signedIn?.session } };
      expect(await read(baseUrl, "/api/v2/auth/session", bearerOf(signedIn))).toEqual(session);
      expect(await read(baseUrl, "/api/v2/auth/session", { "x-user-id": signedIn?.user.id ?? "" })).toEqual(session);
    }
  });
});

describe("a system whose first process alone was killed", () => {
  it("leaves no process behind, and starts again on its data", async () => {
    const first = await startParent();
    const { signedIn } = await signInOnce(first.baseUrl);
    family.push(...(await descendantsOf(first.parent.pid ?? Number.NaN)));
    expect(family.length).toBeGreaterThanOrEqual(6);

    first.parent.kill("SIGKILL");
    await eventually(
      "every process has ended",
      async () => (await Promise.all(family.map(isRunning))).every((running) => !running),
      { timeoutMs: ORPHANS_END_WITHIN_MS },
    );

    const second = await startParent();
    expect((await read(second.baseUrl, "/api/v2/auth/session", bearerOf(signedIn))).status).toBe(200);
    expect((await signInOnce(second.baseUrl)).status).toBe(201);
  });
});

async function start(): Promise<DiskStack> {
  const system = await startDiskStack({ env: { LANYARD_PUBLIC_URL } }, dataDir);
  systems.push(system);
  return system;
}

/** As `npm start` does, with nothing of this process's own environment: it names a cloud. */
async function startParent(): Promise<{ parent: ChildProcess; baseUrl: string }> {
  const env = { PORT: "0", LANYARD_DATA_DIR: dataDir, LANYARD_PUBLIC_URL };
  const parent = spawn(process.execPath, [startScript], { env, stdio: ["ignore", "pipe", "inherit"] });
  parents.push(parent);
  const baseUrl = await new Promise<string>((resolve, reject) => {
    parent.once("exit", (code) => reject(new Error(`the system did not start: exit ${code}`)));
    if (parent.stdout === null) return reject(new Error("no output to read"));
    createInterface({ input: parent.stdout }).on("line", (line) => {
      const [, url] = /^\s+gateway\s+(http\S+)$/.exec(line) ?? [];
      if (url !== undefined) resolve(url.replace("localhost", "127.0.0.1"));
    });
  });
  return { parent, baseUrl };
}

async function stopParent(parent: ChildProcess): Promise<void> {
  if (parent.exitCode !== null || parent.signalCode !== null) return;
  const exited = once(parent, "exit");
  parent.kill("SIGTERM");
  await exited;
}

async function read(baseUrl: string, path: string, headers: Record<string, string> = {}) {
  const { status, body } = await answerOf(await openCall(baseUrl, "GET", path, { headers }));
  return { status, body };
}

const bearerOf = (signedIn: Told["signedIn"]) => ({ authorization: `Bearer ${signedIn?.tokens.accessToken}` });

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Of the kernel's clock: with it, a number that is used again is not taken for the process that had it. */
  readonly startedAt: string;
  readonly state: string;
}

async function processOf(pid: number): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name before the last bracket may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, state: fields[0] ?? "", parent: Number(fields[1]), startedAt: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

async function descendantsOf(ancestor: number): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(processOf))).filter((each) => each !== undefined);
  const family = new Set([ancestor]);
  // A child is not older than its parent: one pass in the order of starts finds them all.
  const byAge = all.toSorted((one, other) => Number(one.startedAt) - Number(other.startedAt) || one.pid - other.pid);
  for (const { pid, parent } of byAge) if (family.has(parent)) family.add(pid);
  return all.filter(({ pid }) => pid !== ancestor && family.has(pid));
}

/** A zombie has ended: whoever adopted it has not yet looked. */
async function isRunning({ pid, startedAt }: Process): Promise<boolean> {
  const now = await processOf(pid);
  return now !== undefined && now.startedAt === startedAt && now.state !== "Z";
}

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ServiceProcess, type ServiceSpec } from "./service-process.ts";

let directory: string;
let told: string[];
const started: ServiceProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lanyard-service-"));
  told = [];
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.destroy()));
  await rm(directory, { recursive: true, force: true });
});

// Counts its starts in a file, so that a script can behave differently the second time.
const preamble = `
  import { appendFileSync, readFileSync } from "node:fs";
  import { createServer } from "node:http";
  appendFileSync(process.env.STARTS, "x");
  const starts = readFileSync(process.env.STARTS, "utf8").length;
  const serve = (answer) => {
    const server = createServer(answer).listen(0, "127.0.0.1", () =>
      process.send({ type: "listening", url: "http://127.0.0.1:" + server.address().port }));
  };
  process.on("disconnect", () => process.exit(0));
`;
const healthy = `serve((request, response) => response.end("ready"));`;

async function service(script: string, options: Partial<ServiceSpec> = {}): Promise<ServiceProcess> {
  const path = join(directory, "service.mjs");
  await writeFile(path, preamble + script);
  const made = new ServiceProcess({
    id: "fake-0",
    path,
    env: { STARTS: join(directory, "starts") },
    supervise: false,
    log: (line) => told.push(line),
    output: () => undefined,
    ...options,
  });
  started.push(made);
  return made;
}

const startsCounted = async () => (await readFile(join(directory, "starts"), "utf8")).length;

async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${fact}; told: ${told.join(" | ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("the start of a service", () => {
  it("ends when /readyz says 200, not when it listens", async () => {
    const one = await service(`
      let asked = 0;
      serve((request, response) => { response.statusCode = ++asked < 3 ? 503 : 200; response.end(String(asked)); });
    `);
    await one.start();
    expect(one.state).toBe("ready");
    const response = await fetch(`${one.url}/readyz`);
    expect(Number(await response.text())).toBeGreaterThanOrEqual(4);
  });

  it("fails with the last lines of a service that ends before it is ready", async () => {
    const one = await service(`console.error("LANYARD_X: is required"); process.exit(78);`, { supervise: true });
    await expect(one.start()).rejects.toThrow(/fake-0 did not start: it ended \(exit 78\)\n {2}LANYARD_X: is required/);
    expect(one.state).toBe("failed");
    expect(await startsCounted()).toBe(1);
  });

  it("leaves no process behind when it is called off", async () => {
    const one = await service(`serve((request, response) => { response.statusCode = 503; response.end(); });`);
    const calledOff = new AbortController();
    const start = one.start(calledOff.signal);
    await until(() => one.url !== undefined);
    calledOff.abort();
    await expect(start).rejects.toThrow("the start was called off");
    expect(() => process.kill(one.pid ?? 0, 0)).toThrow("ESRCH");
  });
});

describe("a supervised service", () => {
  it("is started again when it is killed", async () => {
    const one = await service(healthy, { supervise: true });
    await one.start();
    const { pid } = one;
    await one.kill("SIGKILL");
    await until(() => one.state === "ready");
    expect(one.pid).not.toBe(pid);
    expect(told).toEqual(["fake-0 ended unexpectedly (SIGKILL), and is started again in 250 ms", "fake-0 is back"]);
  });

  it("is started again after growing pauses, which begin anew once it was ready for five seconds", async () => {
    let now = 0;
    const one = await service(healthy, { supervise: true, now: () => now });
    await one.start();
    for (const readyForMs of [0, 4999, 5000, 0]) {
      now += readyForMs;
      await one.kill("SIGKILL");
      await until(() => one.state === "ready");
    }
    const pauses = told.flatMap((line) => /again in (\d+) ms/.exec(line)?.[1] ?? []);
    expect(pauses.map(Number)).toEqual([250, 500, 250, 500]);
  });

  it("is tried again when the next start fails too", async () => {
    const one = await service(`if (starts === 2) process.exit(1); ${healthy}`, { supervise: true });
    await one.start();
    await one.kill("SIGKILL");
    await until(() => one.state === "ready");
    expect(await startsCounted()).toBe(3);
  });

  it("is given up when its configuration has become one that cannot work", async () => {
    const one = await service(`if (starts > 1) process.exit(78); ${healthy}`, { supervise: true });
    await one.start();
    await one.kill("SIGKILL");
    await until(() => one.state === "failed");
    expect(told.at(-1)).toBe("fake-0 is not started again: its configuration cannot work");
    expect(await startsCounted()).toBe(2);
  });

  it("stays stopped when it is stopped while it waits to be started again", async () => {
    const one = await service(healthy, { supervise: true });
    await one.start();
    await one.kill("SIGKILL");
    await until(() => one.state === "waiting-to-restart");
    await one.stop();
    expect(one.state).toBe("stopped");
    await one.start();
    expect(await startsCounted()).toBe(2);
  });
});

describe("a service without supervision", () => {
  it("stays down when it is killed, until it is restarted", async () => {
    const one = await service(healthy);
    await one.start();
    await one.kill("SIGKILL");
    await until(() => one.state === "stopped");
    await one.restart();
    expect(one.state).toBe("ready");
    expect(await startsCounted()).toBe(2);
  });
});

describe("stopping a service", () => {
  const sayingGoodbye = `${healthy} process.on("SIGTERM", () => { console.log("last words"); process.exit(0); });`;

  it("lets it end its work", async () => {
    const output: string[] = [];
    const one = await service(sayingGoodbye, { supervise: true, output: (line) => output.push(line) });
    await one.start();
    await one.stop();
    await until(() => output.includes("last words"));
    expect(told).toEqual([]);
    expect(one.state).toBe("stopped");
  });

  it("lets one that was frozen end its work too", async () => {
    const output: string[] = [];
    const one = await service(sayingGoodbye, { output: (line) => output.push(line) });
    await one.start();
    const pid = one.pid ?? 0;
    await one.kill("SIGSTOP");
    await one.stop();
    await until(() => output.includes("last words"));
    expect(one.state).toBe("stopped");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(output).toEqual(["last words"]);
  });
});

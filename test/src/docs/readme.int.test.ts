import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readText } from "../repository/repository-files.ts";

const root = join(import.meta.dirname, "../../..");
const session = /```sh\n(host=[\s\S]*?)```/.exec(readText("README.md"))?.[1] ?? "";

/** The answers that the page shows: runs of comment lines, each one answer. */
const shown = session
  .split(/\n(?!#)/)
  .map((part) => part.split("\n").filter((line) => line.startsWith("#")))
  .filter((lines) => lines.length > 0)
  .map((lines) => lines.map((line) => line.replace(/^#\s*/, "")).join(""));

let stack: ChildProcess;
let baseUrl: string;

beforeAll(async () => {
  // As `npm start` does, beside whatever else runs on this machine and in this cloud.
  const env = { ...process.env, PORT: "0", LANYARD_DATA_DIR: "memory", LANYARD_PREFIX: `readme-${process.pid}` };
  stack = spawn(process.execPath, [join(root, "scripts/src/start.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  baseUrl = await new Promise<string>((resolve, reject) => {
    stack.once("exit", (code) => reject(new Error(`the system did not start: exit ${code}`)));
    if (stack.stdout === null) return reject(new Error("no output to read"));
    createInterface({ input: stack.stdout }).on("line", (line) => {
      const [, url] = /^\s+gateway\s+(http\S+)$/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
});

afterAll(async () => {
  if (stack.exitCode !== null) return;
  const exited = once(stack, "exit");
  stack.kill("SIGTERM");
  await exited;
});

describe("the session in README.md", () => {
  it("works as pasted, and answers what the page shows", async () => {
    const script = session.replace("http://localhost:8080", baseUrl);
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script]);

    const answers = stdout.trim().split("\n");
    expect(shown).toHaveLength(8);
    expect(answers.map((answer, index) => likeShown(read(answer), read(shown[index] ?? "")))).toEqual(shown.map(read));
  });
});

function read(text: string): unknown {
  return text.startsWith("{") ? (JSON.parse(text) as unknown) : text;
}

/** The answer with what differs each time (shortened values, times) written as the page has it; all else is left as it is. */
function likeShown(answer: unknown, page: unknown): unknown {
  if (typeof answer === "string" && typeof page === "string") {
    const isTime = /^\d{4}-\d\d-\d\dT/.test(page);
    return (page.endsWith("…") && answer.length >= page.length) || (isTime && !Number.isNaN(Date.parse(answer)))
      ? page
      : answer;
  }
  if (Array.isArray(answer))
    return answer.map((each, index) => likeShown(each, Array.isArray(page) ? page[index] : undefined));
  if (typeof answer !== "object" || answer === null) return answer;
  const fields = (page ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, likeShown(value, fields[name])]));
}

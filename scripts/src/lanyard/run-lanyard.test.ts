import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ProblemCode, problems, problemType, wireCode } from "@lanyard/contracts";
import type { Command } from "commander";
import { opsKeyFile } from "../stack/development-ops-key.ts";
import { lanyardProgram, runLanyard } from "./run-lanyard.ts";

const key = Buffer.alloc(32, 7).toString("base64url");
const users = [
  { userId: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90", since: "2026-11-21T12:00:00.000Z", current: true },
  { userId: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", since: "2026-10-01T12:00:00.000Z", current: false },
];

let asked: IncomingMessage[];
let answer: { status: number; body: string; headers?: Record<string, string> };
let server: Server;
let baseUrl: string;
let dataDir: string;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dataDir = await mkdtemp(join(tmpdir(), "lanyard-cli-"));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dataDir, { recursive: true, force: true });
});

const surroundings = (env: Record<string, string>, isTerminal: boolean, told: { out: string; err: string }) => ({
  env,
  isTerminal,
  out: (text: string) => void (told.out += text),
  err: (text: string) => void (told.err += text),
});
interface Run {
  readonly env?: Record<string, string>;
  readonly isTerminal?: boolean;
  readonly url?: string;
}
async function lanyard(args: string, { env = { LANYARD_OPS_KEY: key }, isTerminal = true, url = baseUrl }: Run = {}) {
  const told = { out: "", err: "" };
  const words = [...args.split(" ").filter((word) => word !== ""), `--base-url=${url}`];
  const status = await runLanyard(words, surroundings(env, isTerminal, told));
  return { status, ...told };
}
const answering = (status: number, body: unknown): void => {
  answer = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
};
const refusing = (code: ProblemCode, more: object = {}): void => {
  const { status, title } = problems[code];
  answering(status, { type: problemType(code), title, status, code: wireCode(code), instance: "urn:x", ...more });
};

describe("lanyard users find", () => {
  it("asks for the address as it was given, with the key, which it never prints", async () => {
    answering(200, { users });
    const { status, out, err } = await lanyard("users find Ada+news@Example.com");

    expect(status).toBe(0);
    expect(asked.map(({ url }) => url)).toEqual(["/api/v2/admin/users?email=Ada%2Bnews%40Example.com"]);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(out + err).not.toContain(key);
  });

  it("shows a table on a terminal", async () => {
    answering(200, { users });

    expect((await lanyard("users find ada@example.com")).out).toBe(
      [
        "USER                                  SINCE                     CURRENT",
        "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90  2026-11-21T12:00:00.000Z  yes",
        "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d  2026-10-01T12:00:00.000Z  no",
        "",
      ].join("\n"),
    );
  });

  it("has tabs and no head for scripts, and JSON for those that ask", async () => {
    answering(200, { users });
    const tabs = await lanyard("users find ada@example.com", { isTerminal: false });
    const json = await lanyard("users find ada@example.com --json");

    expect(tabs.out.split("\n")[1]).toBe("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d\t2026-10-01T12:00:00.000Z\tno");
    expect(JSON.parse(json.out)).toEqual({ users });
  });

  it("says that there is nobody, which is no failure", async () => {
    answering(200, { users: [] });

    expect(await lanyard("users find ada@example.com")).toMatchObject({
      status: 0,
      out: expect.stringContaining("nobody"),
    });
    expect(await lanyard("users find ada@example.com", { isTerminal: false })).toMatchObject({ status: 0, out: "" });
    expect(await lanyard("--json users find ada@example.com")).toMatchObject({ status: 0, out: '{"users":[]}\n' });
  });
});

describe("lanyard users lookup", () => {
  it("prints the user's id and nothing else", async () => {
    answering(200, { userId: users[0]?.userId });

    expect(await lanyard("users lookup ada@example.com")).toMatchObject({
      status: 0,
      out: `${users[0]?.userId}\n`,
      err: "",
    });
    expect(asked.map(({ url }) => url)).toEqual(["/api/v2/users/lookup?email=ada%40example.com"]);
  });

  it("ends with 4 when there is no such user", async () => {
    refusing("user_not_found");

    expect(await lanyard("users lookup ada@example.com")).toEqual({
      status: 4,
      out: "",
      err: "There is no such user. (404 user_not_found)\n",
    });
  });
});

describe("lanyard", () => {
  it.each([
    ["token_invalid", 3, "does not know this key"],
    ["admin_required", 3, "Only operators may do this. (403 admin_required)"],
    ["not_found", 1, "no such route"],
    ["service_unavailable", 1, "503 service_unavailable"],
    ["internal_error", 1, "500 internal_error"],
  ] as const)("explains %s and ends with %d", async (code, status, text) => {
    refusing(code);
    const told = await lanyard("users find ada@example.com");

    expect(told).toMatchObject({ status, out: "", err: expect.stringContaining(text) });
  });

  it("says which input the gateway did not understand", async () => {
    refusing("validation_failed", { errors: [{ path: "email", message: "must be an e-mail address" }] });

    expect(await lanyard("users find ada")).toMatchObject({ status: 2, err: "email: must be an e-mail address\n" });
  });

  it("says when to try again", async () => {
    refusing("service_unavailable");
    answer.headers = { "retry-after": "7" };

    expect((await lanyard("users find ada@example.com")).err).toContain("try again in 7 s");
  });

  it("says that nobody answers, and why", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const told = await lanyard("users find ada@example.com", { url: `http://127.0.0.1:${port}` });

    expect(told).toMatchObject({ status: 1, err: expect.stringContaining("cannot be reached: ECONNREFUSED") });
  });

  it.each([
    ["200 that is no JSON", 200, "<html>"],
    ["200 of another form", 200, { people: [] }],
    ["404 of another server", 404, "<html>"],
    ["502 of a proxy", 502, "<html>"],
    ["redirect", 302, ""],
  ])("takes a %s for no answer of a gateway", async (_, status, body) => {
    answering(status, body);

    expect(await lanyard("users find ada@example.com")).toMatchObject({
      status: 1,
      out: "",
      err: expect.stringContaining(baseUrl),
    });
  });

  it("takes the key that npm start made for a gateway on this machine, and for no other", async () => {
    const env = { LANYARD_DATA_DIR: dataDir };
    answering(200, { users: [] });
    expect(await lanyard("users find a@example.com", { env })).toMatchObject({
      status: 3,
      err: expect.stringContaining("no key"),
    });
    await writeFile(opsKeyFile(dataDir), `${key}\n`);
    expect(await lanyard("users find a@example.com", { env })).toMatchObject({ status: 0 });
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${key}`);
    const elsewhere = await lanyard("users find a@example.com", { env, url: "http://192.0.2.1" });

    expect(elsewhere).toMatchObject({ status: 3, err: "no key for http://192.0.2.1: set LANYARD_OPS_KEY\n" });
    expect(asked).toHaveLength(1);
  });

  it("sends no key that is none", async () => {
    const told = await lanyard("users find a@example.com", { env: { LANYARD_OPS_KEY: "secret words" } });

    expect(told).toMatchObject({ status: 3, err: expect.not.stringContaining("secret words") });
    expect(asked).toEqual([]);
  });

  it.each([
    "",
    "users",
    "users find",
    "users find a@example.com b@example.com",
    "users lose a@example.com",
    "user find a@example.com",
    "users find a@example.com --unknown",
    "--base-url=ftp://localhost users find a@example.com",
  ])("refuses %j, and asks nobody", async (args) => {
    const told = { out: "", err: "" };

    expect(await runLanyard(args.split(" ").filter(Boolean), surroundings({ LANYARD_OPS_KEY: key }, true, told))).toBe(
      2,
    );
    expect(told.err).not.toBe("");
    expect(asked).toEqual([]);
  });

  it("helps everywhere", async () => {
    const none = surroundings({}, true, { out: "", err: "" });
    const paths = (command: Command, path: readonly string[]): (readonly string[])[] => [
      path,
      ...command.commands.flatMap((each) => paths(each, [...path, each.name()])),
    ];
    const all = paths(lanyardProgram(none), []);

    expect(all).toContainEqual(["users", "find"]);
    for (const path of all) {
      const told = { out: "", err: "" };
      expect(await runLanyard([...path, "--help"], surroundings({}, true, told))).toBe(0);
      for (const text of [["npm run lanyard --", ...path].join(" "), "--base-url <url>", "--json"]) {
        expect(told.out).toContain(text);
      }
    }
  });
});

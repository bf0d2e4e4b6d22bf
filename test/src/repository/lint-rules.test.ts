import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ESLint } from "eslint";

const root = join(import.meta.dirname, "../../..");

/** The repository's own configuration, narrowed to the bans, which need no type information and so no file on disk. */
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId.startsWith("lanyard/"),
  overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false } } },
});

async function messagesFor(filePath: string, code: string) {
  const [result] = await eslint.lintText(code, { filePath: join(root, filePath) });
  return result?.messages ?? [];
}

type Snippet = readonly [file: string, code: string];

const command = "services/token/src/consume-magic-link.ts";
const library = "libs/storage/src/table.ts";
const decision = "services/token/src/magic-link/decide-consume.ts";

const bans: Record<string, { bad: readonly Snippet[]; good: readonly Snippet[] }> = {
  "no-process-env": {
    bad: [
      [command, "export const region = process.env.AWS_REGION;"],
      [library, 'export const region = process["env"].AWS_REGION;'],
      [library, "export const { env } = process;"],
      [library, 'import { env } from "node:process"; export const region = env.AWS_REGION;'],
      ["scripts/src/bench/measure.ts", "export const region = process.env.AWS_REGION;"],
    ],
    good: [
      ["services/token/src/main.ts", "export const region = process.env.AWS_REGION;"],
      ["libs/local-cloud/src/queues-main.ts", "export const region = process.env.AWS_REGION;"],
      ["scripts/src/start.ts", "export const region = process.env.AWS_REGION;"],
      ["test/src/e2e/sign-in.test.ts", "export const region = process.env.AWS_REGION;"],
      ["libs/aws/src/aws-clients.test.ts", "export const region = process.env.AWS_REGION;"],
      [command, "export const { pid } = process;"],
    ],
  },
  "no-default-export": {
    bad: [
      [command, "export default function consume() {}"],
      [library, "const table = 1; export { table as default };"],
      ["test/src/e2e/journey.ts", "export default 1;"],
    ],
    good: [
      [command, "export function consume() {}"],
      ["test/src/cloud-setup.ts", "export default async function setup() {}"],
      ["services/console/vite.config.ts", "export default {};"],
    ],
  },
  "no-focused-or-skipped-test": {
    bad: [
      "it.only('x', f);",
      "test.skip('x', f);",
      "describe.only('x', f);",
      "describe.skip.each([1])('x', f);",
      "it.concurrent.only('x', f);",
      "it.todo('x');",
      "it.failing('x', f);",
      "fit('x', f);",
      "fdescribe('x', f);",
      "xit('x', f);",
      "xtest('x', f);",
      "xdescribe('x', f);",
      "xit.each([1])('x', f);",
      "const when = docker ? describe : describe.skip;",
    ].map((code): Snippet => ["services/token/src/consume-magic-link.test.ts", code]),
    good: [
      ["services/token/src/consume-magic-link.test.ts", "it('x', f); it.each([1])('x', f); list.only; list.skip(1);"],
      ["test/src/race/refresh.int.test.ts", "describe('x', f);"],
    ],
  },
  "no-service-import": {
    bad: [
      [library, 'import { handlers } from "@lanyard/token-service";'],
      [library, 'export * from "@lanyard/token-service";'],
      [command, 'import { handlers } from "@lanyard/session-service";'],
      [command, 'const session = await import("@lanyard/session-service");'],
      [command, 'import type { Session } from "@lanyard/session-service";'],
      [command, 'export type Session = import("@lanyard/session-service").Session;'],
    ],
    good: [
      [command, 'import { runService } from "@lanyard/service";'],
      ["test/src/e2e/sign-in.test.ts", 'import { handlers } from "@lanyard/token-service";'],
    ],
  },
  "no-path-into-another-workspace": {
    bad: [
      [library, 'import { handlers } from "../../../services/token/src/index.ts";'],
      [command, 'import { handlers } from "../../session/src/index.ts";'],
      [command, 'export type Session = import("../../session/src/index.ts").Session;'],
      [library, 'import { seal } from "../../secrets/src/index.ts";'],
      ["test/src/e2e/sign-in.test.ts", 'import { handlers } from "../../../services/token/src/index.ts";'],
    ],
    good: [
      [decision, 'import type { Link } from "../link.ts";'],
      ["scripts/src/start.ts", 'import topology from "../../infrastructure/topology.json" with { type: "json" };'],
    ],
  },
  "no-deep-import": {
    bad: [
      [command, 'import { seal } from "@lanyard/secrets/src/seal.ts";'],
      ["test/src/e2e/sign-in.test.ts", 'import { seal } from "@lanyard/secrets/testing/seal.ts";'],
    ],
    good: [
      [command, 'import { seal } from "@lanyard/secrets";'],
      ["test/src/e2e/sign-in.test.ts", 'import { startStack } from "@lanyard/local-cloud/stack";'],
    ],
  },
  "no-testing-import": {
    bad: [
      [command, 'import { memoryTable } from "@lanyard/storage/testing";'],
      [library, 'import { memoryTable } from "./testing/memory-table.ts";'],
      [decision, 'import { memoryTable } from "../testing/memory-table.ts";'],
    ],
    good: [
      ["services/token/src/consume-magic-link.test.ts", 'import { memoryTable } from "@lanyard/storage/testing";'],
      ["libs/messaging/src/testing/memory-queue.ts", 'import { memoryTable } from "@lanyard/storage/testing";'],
      ["scripts/src/bench/main.ts", 'import { memoryTable } from "@lanyard/storage/testing";'],
      ["test/src/simulation/world.ts", 'import { memoryTable } from "@lanyard/storage/testing";'],
    ],
  },
  "contracts-import-zod-only": {
    bad: [
      ["libs/contracts/src/commands.ts", 'import { seal } from "@lanyard/secrets";'],
      ["libs/contracts/src/commands.ts", 'import { readFileSync } from "node:fs";'],
      ["libs/contracts/src/commands.ts", 'import type { JWK } from "jose";'],
    ],
    good: [
      ["libs/contracts/src/commands.ts", 'import { z } from "zod"; import { problem } from "./problem.ts";'],
      ["libs/contracts/src/commands.test.ts", 'import { expect } from "@jest/globals";'],
    ],
  },
  "pure-core-imports-types-only": {
    bad: [
      [decision, 'import { readFileSync } from "node:fs";'],
      [decision, 'import { GetCommand } from "@aws-sdk/lib-dynamodb";'],
      [decision, 'import { links } from "../link-store.dynamo.ts";'],
      [decision, 'import { systemClock } from "../clock.ts";'],
      ["services/token/src/magic-link/state.ts", 'import { z } from "zod";'],
    ],
    good: [
      [decision, 'import type { Command } from "@lanyard/contracts";'],
      [decision, 'import { isSpent } from "./state.ts";'],
      [command, 'import { GetCommand } from "@aws-sdk/lib-dynamodb";'],
      ["services/token/src/magic-link/decide-consume.test.ts", 'import { expect } from "@jest/globals";'],
    ],
  },
  "no-built-expression": {
    bad: [
      [library, "put({ ConditionExpression: `version = ${version}` });"],
      [library, 'put({ "UpdateExpression": "SET a = " + value });'],
      [library, "put({ KeyConditionExpression: all ? undefined : `pk = ${pk}` });"],
      [library, "const updateExpression = `SET ${name} = :value` as string;"],
      [library, "input.FilterExpression = `a = ${a}`;"],
      [library, 'input.FilterExpression += " AND b = :b";'],
    ],
    good: [
      [library, 'put({ ConditionExpression: "#version = :version", TableName: `${prefix}-links` });'],
      [library, "put({ ConditionExpression: `attribute_not_exists(id)` });"],
    ],
  },
  "no-ambient-time": {
    bad: [
      [command, "export const at = Date.now();"],
      [library, "export const at = new Date();"],
      [library, "export const at = Date();"],
      [library, "export function open(now = Date.now) {}"],
    ],
    good: [
      [command, "export const at = (now: () => number) => new Date(now());"],
      [command, "export const at = (text: string) => Date.parse(text);"],
      ["services/token/src/main.ts", "export const at = new Date();"],
      ["libs/service/src/clock.ts", "export const systemClock = () => new Date();"],
      ["libs/storage/src/table.test.ts", "export const at = Date.now();"],
      ["libs/local-cloud/src/start.ts", "export const at = Date.now();"],
      ["scripts/src/bench/measure.ts", "export const at = Date.now();"],
    ],
  },
  "no-ambient-randomness": {
    bad: [
      [command, "export const id = Math.random();"],
      [command, "export const id = crypto.randomUUID();"],
      [library, 'import { randomUUID } from "node:crypto"; export const id = randomUUID();'],
      [library, 'import { randomBytes as bytes } from "crypto"; export const id = bytes(16);'],
      [library, "export const id = globalThis.crypto.getRandomValues(new Uint8Array(16));"],
      [library, 'import * as nodeCrypto from "node:crypto"; export const id = nodeCrypto.randomBytes(16);'],
    ],
    good: [
      [command, 'import { createHmac } from "node:crypto"; export const id = createHmac("sha256", "key");'],
      [command, "export const id = (parts: Parts) => parts.randomBytes(16);"],
      ["services/gateway/src/main.ts", "export const id = crypto.randomUUID();"],
      ["libs/service/src/random.ts", "export const random = () => crypto.randomUUID();"],
      ["libs/storage/src/table.test.ts", "export const id = crypto.randomUUID();"],
      ["libs/local-cloud/src/start.ts", "export const id = crypto.randomUUID();"],
    ],
  },
};

describe.each(Object.entries(bans))("the ban %s", (name, { bad, good }) => {
  it.each(bad)("bites in %s: %s", async (file, code) => {
    const messages = await messagesFor(file, code);
    expect(messages.map(({ ruleId }) => ruleId)).toEqual([`lanyard/${name}`]);
    expect(messages[0]?.message).toMatch(/\w{3,} .{20,}[.]$/);
  });

  it.each(good)("leaves alone in %s: %s", async (file, code) => {
    expect(await messagesFor(file, code)).toEqual([]);
  });
});

describe("the lint configuration", () => {
  it("has no ban that is not proven here", async () => {
    const config = (await eslint.calculateConfigForFile(join(root, command))) as {
      plugins: { lanyard: { rules: object } };
    };
    expect(Object.keys(config.plugins.lanyard.rules).sort()).toEqual(Object.keys(bans).sort());
  });

  it.each(["libs/contracts/src/index.ts", command, "scripts/src/start.ts", "test/src/e2e/sign-in.test.ts"])(
    "checks promises, switches and types in %s",
    async (file) => {
      const { rules } = (await eslint.calculateConfigForFile(join(root, file))) as { rules: Record<string, [number]> };
      for (const rule of [
        "consistent-type-imports",
        "no-explicit-any",
        "no-floating-promises",
        "no-misused-promises",
        "switch-exhaustiveness-check",
      ]) {
        expect([rule, rules[`@typescript-eslint/${rule}`]?.[0]]).toEqual([rule, 2]);
      }
    },
  );
});

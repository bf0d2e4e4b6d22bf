import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import { type Caller, callerAt, itemsOf, mergeTo, type OwnedItem, signInByMailbox } from "../support/owned-items.ts";
import { raceStack } from "../support/race-stack.ts";
import { signIn, type Visitor } from "../support/visitor.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/attachments/src/main.ts");

let stack: Stack;
let folder: string;
let gateway: Caller;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  stack = await raceStack({});
  folder = await mkdtemp(join(tmpdir(), "lanyard-attachments-"));
  gateway = callerAt(stack.baseUrl);
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await stack?.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** Starts the example as a user would, and waits until it hears. */
async function startExample(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", EXAMPLE], {
    env: { ...stack.env, ATTACHMENTS_FILE: file() },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> });
  const [first] = (await once(lines, "line")) as [string];
  expect(first).toMatch(/^hearing account\.itemMoved at http/);
  return child;
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
  running.delete(child);
}

const file = (): string => join(folder, "attachments.sqlite");

function attach(itemId: string, userId: string): void {
  const database = new DatabaseSync(file(), { timeout: 5000 });
  database.prepare("INSERT INTO attachment VALUES (?, ?, ?)").run(userId, itemId, `${itemId}.png`);
  database.close();
}

function attached(userId: string): readonly string[] {
  const database = new DatabaseSync(file(), { timeout: 5000 });
  const rows = database.prepare("SELECT item_id, file FROM attachment WHERE user_id = ? ORDER BY file").all(userId);
  database.close();
  return rows.map((row) => `${String(row["item_id"])} ${String(row["file"])}`);
}

async function ownConfigurations(visitor: Visitor): Promise<readonly OwnedItem[]> {
  const made: OwnedItem[] = [];
  for (const name of ["one", "two", "three"]) {
    const json = { name, value: { name } };
    const { body } = await gateway.call("POST", "/api/v2/data/configuration", { headers: visitor.bearer, json });
    made.push(body as OwnedItem);
  }
  return made;
}

describe("the example that keeps files for items", () => {
  it("takes its own rows along when a visitor's items move, also those of merges it slept through", async () => {
    const account = await signInByMailbox(gateway, "ada@example.com");
    let example = await startExample();
    for (const sleeps of [false, true]) {
      const visitor = await signIn(gateway);
      const made = await ownConfigurations(visitor);
      for (const { id } of made) attach(id, visitor.userId);
      if (sleeps) await stopped(example, "SIGKILL");
      expect(await mergeTo(gateway, account, visitor)).toMatchObject({ status: 200, body: { moved: 3 } });
      if (sleeps) example = await startExample();

      await eventually(
        `the files have followed${sleeps ? " after a sleep" : ""}`,
        () => attached(visitor.userId).length === 0,
        { timeoutMs: 40_000, everyMs: 100 },
      );
      const owned = (await itemsOf(gateway, account, "configuration")) as (OwnedItem & {
        origin: { itemId: string };
      })[];
      const expected = owned.map(({ id, origin }) => `${id} ${origin.itemId}.png`);
      expect(attached(account.userId).toSorted()).toEqual(expected.toSorted());
    }
    await stopped(example, "SIGTERM");
    expect(example.exitCode).toBe(0);
  }, 90_000);
});

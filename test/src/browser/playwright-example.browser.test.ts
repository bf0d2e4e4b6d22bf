import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Stack, startStack } from "@lanyard/scripts";
import { readText } from "../repository/repository-files.ts";
import { chromiumArguments, installedChromium } from "../support/chromium.ts";
import { startSignInApp } from "./sign-in-app.ts";

const root = join(import.meta.dirname, "../../..");
const example = /```js\n([\s\S]*?)```/.exec(readText("docs/testing.md"))?.[1] ?? "";
const run = promisify(execFile);

describe("the Playwright test in docs/testing.md", () => {
  let folder: string;
  let stack: Stack | undefined;
  let app: { readonly url: string; readonly server: Server };

  beforeAll(async () => {
    const executablePath = installedChromium();
    app = await startSignInApp(() => stack?.baseUrl ?? "");
    const cloud = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_")));
    stack = await startStack({
      dataDir: "memory",
      prefix: `example-${process.pid}`,
      mode: "development",
      env: { ...cloud, LANYARD_CORS_ORIGINS: app.url },
      log: () => undefined,
      superviseRestarts: false,
    });
    folder = await mkdtemp(join(tmpdir(), "lanyard-example-"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "sign-in.spec.mjs"), example);
    const use = { baseURL: app.url, launchOptions: { executablePath, args: chromiumArguments } };
    await writeFile(
      join(folder, "playwright.config.mjs"),
      `export default ${JSON.stringify({ testDir: ".", workers: 1, reporter: "json", use })};`,
    );
  });

  afterAll(async () => {
    app.server.close();
    await stack?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it("passes as it stands there", async () => {
    // Playwright refuses to run inside of Jest, which it knows by this.
    const { JEST_WORKER_ID: _, ...env } = process.env;
    const { stdout } = await run(process.execPath, [join(root, "node_modules/.bin/playwright"), "test"], {
      cwd: folder,
      env: { ...env, LANYARD_URL: stack?.baseUrl },
    }).catch((error: { readonly stdout: string }) => error);
    const report = JSON.parse(stdout) as { readonly stats: unknown; readonly errors: readonly unknown[] };

    expect(report).toMatchObject({ errors: [], stats: { expected: 1, unexpected: 0, flaky: 0, skipped: 0 } });
  });
});

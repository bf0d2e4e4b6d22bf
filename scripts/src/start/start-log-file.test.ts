import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startLogFile } from "./start-log-file.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lanyard-logs-"));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe("the log of a start", () => {
  it("is a file of its own under the data directory", () => {
    const path = startLogFile(dataDir, new Date("2026-01-02T03:04:05.678Z"));
    expect(path).toBe(join(dataDir, "logs", "lanyard-2026-01-02T03-04-05-678Z.log"));
  });

  it("pushes the oldest out when there are ten", () => {
    for (let second = 10; second < 25; second++) writeFileSync(startLogFile(dataDir, new Date(second * 1000)), "");
    const logs = readdirSync(join(dataDir, "logs")).sort();
    expect(logs).toHaveLength(10);
    expect(logs[0]).toBe("lanyard-1970-01-01T00-00-15-000Z.log");
  });

  it("is in a temporary directory when nothing is to be kept", () => {
    const path = startLogFile("memory", new Date(0));
    expect(dirname(path).startsWith(tmpdir())).toBe(true);
    expect(basename(path)).toBe("lanyard-1970-01-01T00-00-00-000Z.log");
    rmSync(dirname(path), { recursive: true });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { staleDocs } from "./stale-docs.ts";

describe("generated docs", () => {
  const root = mkdtempSync(join(tmpdir(), "stale-docs-"));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("are stale when missing or changed, and not when they say the same", () => {
    writeFileSync(join(root, "same.md"), "as generated");
    writeFileSync(join(root, "changed.md"), "edited by hand");
    const docs = { "same.md": "as generated", "changed.md": "as generated", "missing.md": "as generated" };

    expect(staleDocs(root, docs)).toEqual(["changed.md", "missing.md"]);
  });
});

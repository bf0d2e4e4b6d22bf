import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { dependenciesOf, readText, repositoryFiles, workspaces } from "../repository/repository-files.ts";

const root = join(import.meta.dirname, "../../..");
const rows = [...readText("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| (.+?) \| .+? \| (.+?) \| .+? \|$/gm)].map(
  ([, name = "", why = "", licence = ""]) => ({ name, why, licence }),
);

const folders = [".", ...workspaces];
const external = new Set(folders.flatMap(dependenciesOf).filter((name) => !name.startsWith("@lanyard/")));

/** Where a package lies: beside the workspace that needs it, or at the root. */
function installed(name: string): string | undefined {
  const users = folders.filter((folder) => dependenciesOf(folder).includes(name));
  return users
    .flatMap((folder) => [join(root, folder, "node_modules", name), join(root, "node_modules", name)])
    .find((folder) => existsSync(join(folder, "package.json")));
}

describe("the page of dependencies", () => {
  it("explains every package that is depended on, once, and no other", () => {
    expect(repositoryFiles).toContain("docs/dependencies.md");
    expect(rows.map(({ name }) => name).sort()).toEqual([...external].sort());
  });

  it("names the licence that the installed package names", () => {
    const require = createRequire(import.meta.url);
    const wrong = rows.flatMap(({ name, licence }) => {
      const folder = installed(name);
      if (folder === undefined) return []; // an optional one, for another platform
      const { license } = require(join(folder, "package.json")) as { license?: string };
      return license === licence ? [] : [`${name}: ${license}`];
    });
    expect(wrong).toEqual([]);
  });
});

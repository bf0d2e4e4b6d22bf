import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readText, repositoryFiles } from "../repository/repository-files.ts";

const pages = repositoryFiles.filter((file) => /^(ARCHITECTURE|README)\.md$|^docs\/.*\.md$/.test(file));

interface CodeLink {
  readonly named: string;
  readonly target: string;
}

/** Links whose text is code: [`flowRuntime`](libs/…/flow-runtime.ts). */
function codeLinksIn(page: string): CodeLink[] {
  return [...readText(page).matchAll(/\[`([^`]+)`\]\(([^)#]+)[^)]*\)/g)].map(([, named = "", path = ""]) => ({
    named,
    target: join(dirname(page), path),
  }));
}

/** The file itself by its name, or something that stands in it. */
const isThere = ({ named, target }: CodeLink): boolean =>
  target.endsWith(named) || (existsSync(target) && readText(target).includes(named));

describe("a link to code", () => {
  it("names what stands in the file it leads to", () => {
    const lost = pages.flatMap((page) =>
      codeLinksIn(page)
        .filter((link) => !isThere(link))
        .map(({ named, target }) => `${page}: "${named}" is not in ${target}`),
    );
    expect(lost).toEqual([]);
  });

  it("stands behind every rule of ARCHITECTURE.md, and a test beside it", () => {
    const rules = readText("ARCHITECTURE.md")
      .split("## What always holds")[1]
      ?.split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| rule"));
    expect(rules?.length).toBeGreaterThan(5);
    for (const rule of rules ?? []) expect(rule).toMatch(/^\| .+ \| \[`.+\)\s\| \[`.+(\.test\.ts|-contract\.ts)\) \|$/);
  });
});

describe("the index of the documents", () => {
  it("lists every page", () => {
    const index = readText("docs/README.md");
    const listed = (file: string): boolean => index.includes(`](${file.replace("docs/", "")})`);
    const documents = repositoryFiles.filter((file) => /^docs\/.*\.(md|json)$/.test(file) && file !== "docs/README.md");
    expect(documents.filter((file) => !listed(file))).toEqual([]);
  });

  it("calls each decision what it calls itself", () => {
    const records = repositoryFiles.filter((file) => file.startsWith("docs/adr/"));
    const titles = records.map((file) => `[${readText(file).split("\n")[0]?.replace("# ", "")}](${file.slice(5)})`);
    for (const title of titles) expect(readText("docs/README.md")).toContain(title);
  });
});

describe("a decision record", () => {
  const records = repositoryFiles.filter((file) => file.startsWith("docs/adr/"));

  it.each(records)("%s has context, decision, price and the signs that it is wrong", (file) => {
    expect(readText(file).match(/^## .+$/gm)).toEqual([
      "## Context",
      "## Decision",
      "## What we gave up",
      "## How we would notice that it is wrong",
    ]);
  });
});

describe("README.md", () => {
  it("fits on one screen", () => {
    expect(readText("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});

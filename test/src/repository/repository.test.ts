import { relative } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { dependenciesOf, readPackage, readText, repositoryFiles, workspaces } from "./repository-files.ts";

const isSource = (file: string): boolean => /\.(ts|js)$/.test(file);
const lineCount = (file: string): number => readText(file).trimEnd().split("\n").length;
const longerThan = (lines: number, files: readonly string[]): string[] =>
  files.filter((file) => lineCount(file) > lines).map((file) => `${file}: ${lineCount(file)} lines`);

describe("the commands that the documents name", () => {
  const { scripts } = readPackage(".");
  const documents = repositoryFiles.filter((file) => /^([A-Z]+\.md|docs\/.*\.md)$/.test(file));
  const isNpms = (command: string): boolean => ["ci", "install"].includes(command);

  /** What is set as code and starts with npm: `npm test`, `npm run check`. */
  function commandsIn(document: string): string[] {
    const code = readText(document).match(/^```[\s\S]*?^```|`[^`\n]+`/gm) ?? [];
    return code.flatMap((text) =>
      [...text.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].flatMap(([, name]) => name ?? []),
    );
  }

  it("are scripts of the root package", () => {
    const unknown = documents.flatMap((document) =>
      commandsIn(document)
        .filter((command) => !isNpms(command) && scripts[command] === undefined)
        .map((command) => `${document}: ${command}`),
    );
    expect(unknown).toEqual([]);
  });

  it("start and test the system in README.md", () => {
    expect(repositoryFiles).toContain("README.md");
    expect(commandsIn("README.md")).toEqual(expect.arrayContaining(["ci", "start", "test"]));
  });

  it("are all there are", () => {
    const named = new Set(documents.flatMap(commandsIn));
    // format:check is a part of `check`, not a command of its own.
    expect(Object.keys(scripts).filter((name) => !named.has(name) && name !== "format:check")).toEqual([]);
  });

  it("run files that exist", () => {
    const files = Object.values(scripts).flatMap((script) => script.match(/\bscripts\/[\w./-]+\.ts\b/g) ?? []);
    expect(files.filter((file) => !repositoryFiles.includes(file))).toEqual([]);
  });

  it("check everything that CI runs, the tests last", () => {
    expect(scripts["check"]?.split(" && ")).toEqual([
      "npm run format:check",
      "npm run lint",
      "npm run typecheck",
      "npm run docs:check",
      "npm test --",
    ]);
    expect(readText(".ci/run")).toContain("npm ci && npm run check");
  });
});

describe("a file", () => {
  it("of source has at most 400 lines", () => {
    expect(longerThan(400, repositoryFiles.filter(isSource))).toEqual([]);
  });

  it("ARCHITECTURE.md has at most 150 lines", () => {
    expect(repositoryFiles).toContain("ARCHITECTURE.md");
    expect(longerThan(150, ["ARCHITECTURE.md"])).toEqual([]);
  });

  it("of a decision record has at most 60 lines", () => {
    const records = repositoryFiles.filter((file) => /^docs\/adr\/.*\.md$/.test(file));
    expect(records).not.toEqual([]);
    expect(longerThan(60, records)).toEqual([]);
  });

  it("of tests runs all of its tests", () => {
    const examples = "test/src/repository/lint-rules.test.ts";
    const focused = repositoryFiles.filter(
      (file) => isSource(file) && file !== examples && /\b(it|test|describe)\.only\b/.test(readText(file)),
    );
    expect(focused).toEqual([]);
  });
});

describe("the packages", () => {
  it.each(workspaces)("%s is linted, type-checked and tested like every other", (workspace) => {
    expect(readPackage(workspace).scripts).toMatchObject({
      lint: "eslint .",
      typecheck: "tsc -p .",
      test: `npm --prefix ${relative(workspace, ".")} test -- ${workspace}`,
    });
  });

  it("come from whichever registry npm is set to", () => {
    expect(readText("package-lock.json").match(/"resolved": "https?:.*"/)?.[0]).toBeUndefined();
  });

  it("bring the same Node for every platform", () => {
    const versions = Object.entries(readPackage(".").optionalDependencies ?? {}).filter(([name]) =>
      /^node-/.test(name),
    );
    expect(versions.length).toBeGreaterThan(1);
    expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
  });

  it("that Lanyard depends on are explained in docs/dependencies.md", () => {
    const page = repositoryFiles.includes("docs/dependencies.md") ? readText("docs/dependencies.md") : "";
    const words = new Set(page.match(/(?:@[\w-]+\/)?[\w-]+(?:\.[\w-]+)*/g));
    const explained = (name: string): boolean =>
      words.has(name) || (/^node-(darwin|linux|win)-/.test(name) && page.includes("node-*"));
    const external = new Set(
      [".", ...workspaces].flatMap(dependenciesOf).filter((name) => !name.startsWith("@lanyard/")),
    );
    expect([...external].filter((name) => !explained(name)).sort()).toEqual([]);
  });
});

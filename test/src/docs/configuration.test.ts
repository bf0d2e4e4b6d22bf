import { describe, expect, it } from "@jest/globals";
import { readText, repositoryFiles } from "../repository/repository-files.ts";

const page = readText("docs/configuration.md");
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` \| (.*) \| .* \|$/gm)].map(([, name = "", value = ""]) => [name, value]),
);

const sources = repositoryFiles.filter(
  (file) => /^(libs|services|scripts|test)\/.*\.(ts|mjs)$/.test(file) && !/\.test\.ts$|\/testing\//.test(file),
);

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");

const VARIABLE = /\b(?:(?:LANYARD|AWS)_[A-Z0-9_]*[A-Z0-9]|PORT|LOG_LEVEL|NODE_ENV)\b/g;

describe("the page of the configuration", () => {
  it("has every variable that the code names, and no other", () => {
    const named = new Set(sources.flatMap((file) => withoutComments(readText(file)).match(VARIABLE) ?? []));

    expect([...rows.keys()].sort()).toEqual([...named].sort());
  });

  it("has every variable once", () => {
    const all = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);

    expect(all).toEqual([...new Set(all)]);
  });

  it("gives the limits and the default of every number", () => {
    const numbers = sources.flatMap((file) =>
      [
        ...readText(file).matchAll(
          /^\s+([A-Z_]+): wholeNumber\(\{\s*min: ([^,]+),\s*max: ([^,]+),\s*default: ([^,}]+?),?\s*\}\)/gm,
        ),
      ].map(([, name = "", min = "", max = "", standard = ""]) => ({
        name,
        expected: { min: valueOf(min), max: valueOf(max), standard: valueOf(standard) },
      })),
    );

    expect(numbers.length).toBeGreaterThan(5);
    for (const { name, expected } of numbers) {
      const [, standard, min, max] = /^(\d+)?\D.*?\((\d+) to (\d+)\)$/.exec(rows.get(name) ?? "") ?? [];
      expect([name, { min: Number(min), max: Number(max), standard: Number(standard) }]).toEqual([name, expected]);
    }
  });

  it("calls required what has no default", () => {
    const keyLists = [...readText("libs/service/src/config.ts").matchAll(/^\s+([A-Z_]+): keyList\(/gm)];

    expect(keyLists.map(([, name = ""]) => rows.get(name))).toEqual(keyLists.map(() => "none, required"));
  });
});

/** Reads `24 * 3600`, `65_535` and `400 * DAY_SECONDS`. */
function valueOf(expression: string): number {
  const factors = expression.replace("DAY_SECONDS", "86400").split("*");
  return factors.reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
}

import { describe, expect, it } from "@jest/globals";
import { readText, repositoryFiles } from "../repository/repository-files.ts";
import { invariants } from "../simulation/invariants.ts";
import { mutants } from "../simulation/mutants.ts";

const INVARIANTS = "test/src/simulation/invariants.ts";
const MUTANTS = "test/src/simulation/mutants.ts";

interface Shown {
  readonly id: string;
  readonly file: string;
  readonly title: string;
}

const rows = [...readText("docs/requirements.md").matchAll(/^\| (R-\S+) \| (.+) \| (.+) \|$/gm)].map(
  ([, id = "", promise = "", by = ""]) => ({ id, promise, by }),
);
const shown: readonly Shown[] = rows.flatMap(({ id, by }) =>
  [...by.matchAll(/`(\S+) › ([^`]+)`/g)].map(([, file = "", title = ""]) => ({ id, file, title })),
);
const namedIn = (file: string): readonly string[] =>
  shown.filter((each) => each.file === file).map(({ title }) => title);

/** A title is the first argument of a call, written out. */
const hasTest = (text: string, title: string): boolean =>
  ['"', "'", "`"].some((quote) => text.split(`${quote}${title}${quote},`).some(endsInOpeningOfCall));

const endsInOpeningOfCall = (before: string, index: number, parts: readonly string[]): boolean =>
  index < parts.length - 1 && /\(\s*$/.test(before);

function isThere({ file, title }: Shown): boolean {
  if (file === INVARIANTS) return invariants.some(({ name }) => name === title);
  if (file === MUTANTS) return mutants.some(({ name }) => name === title);
  return /(\.test|-contract)\.ts$/.test(file) && repositoryFiles.includes(file) && hasTest(readText(file), title);
}

describe("the page of requirements", () => {
  it("gives every promise an id of its own, in order", () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_, index) => `R-${index + 1}`));
  });

  it("has nothing in its tables but promises, each shown by something", () => {
    const lines = readText("docs/requirements.md").match(/^\|.*$/gm) ?? [];
    const others = lines.filter((line) => !/^\| (id|R-\d+) \||^\|---/.test(line));

    expect(others).toEqual([]);
    expect(rows.map(({ id }) => id).filter((id) => !shown.some((each) => each.id === id))).toEqual([]);
    expect(rows.filter(({ by }) => !by.split("<br>").every((each) => /^`\S+ › [^`]+`$/.test(each)))).toEqual([]);
  });

  it("names only tests, invariants and mutants that exist", () => {
    const lost = shown.filter((each) => !isThere(each)).map(({ id, file, title }) => `${id}: ${file} › ${title}`);

    expect(lost).toEqual([]);
  });

  it("names every invariant of the simulation", () => {
    expect(invariants.map(({ name }) => name).filter((name) => !namedIn(INVARIANTS).includes(name))).toEqual([]);
  });

  it("names every mutant beside the promise that it breaks", () => {
    expect(mutants.map(({ name }) => name).filter((name) => !namedIn(MUTANTS).includes(name))).toEqual([]);
  });
});

describe("the search for a title", () => {
  it("finds one that is the first argument of a call, on whichever line, and no other text", () => {
    const text = 'it("says so", f);\nit.each(all)(\n  "is %s",\n  f,\n);\nconst list = ["a word", "says", x];';

    expect(hasTest(text, "says so")).toBe(true);
    expect(hasTest(text, "is %s")).toBe(true);
    expect(["a word", "says", "so", "is"].filter((title) => hasTest(text, title))).toEqual([]);
  });
});

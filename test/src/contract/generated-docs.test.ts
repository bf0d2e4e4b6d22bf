import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { generatedDocs } from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";

const fromRoot = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("the generated docs", () => {
  const { version } = JSON.parse(fromRoot("package.json")) as { version: string };
  const about = { version, topology: readTopology() };
  const docs = generatedDocs(about);

  it.each(Object.keys(docs))("%s says what the contracts say (else: npm run docs)", (path) => {
    expect(fromRoot(path)).toBe(docs[path]);
  });

  it("are the same each time they are made", () => {
    expect(generatedDocs(about)).toEqual(docs);
  });
});

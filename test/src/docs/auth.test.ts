import { describe, expect, it } from "@jest/globals";
import { readText } from "../repository/repository-files.ts";

const page = readText("docs/architecture/auth.md");

/** The diagrams that the page takes from code, each with the file. */
const quoted = [...page.matchAll(/from \[[^\]]+\]\(\.\.\/\.\.\/([^)]+)\)[^\n]*\n\n```text\n([\s\S]*?)```/gi)].map(
  ([, file = "", diagram = ""]) => [file, diagram] as const,
);

/** A comment without what makes it one. */
const commentsOf = (file: string): string => readText(file).replaceAll(/^ \* ?/gm, "");

describe("the page on signing in", () => {
  it("quotes the diagrams that stand beside the code", () => {
    expect(quoted.map(([file]) => file)).toEqual([
      "services/token/src/challenges/decide-challenge.ts",
      "services/identity/src/second-factor/decide-challenge.ts",
      "services/identity/src/accounts/decide-email-change.ts",
      "services/identity/src/accounts/decide-email-undo.ts",
    ]);
  });

  it.each(quoted)("has that of %s as it is", (file, diagram) => {
    expect(commentsOf(file)).toContain(diagram);
  });
});

import { posix } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { dependenciesOf, readPackage, readText, repositoryFiles, workspaces } from "./repository-files.ts";

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

const sources = repositoryFiles.filter((file) => file.endsWith(".ts"));
const isTest = (file: string): boolean => /\.test\.ts$|\/testing\/|^(test|scripts)\//.test(file);
const isRelative = (specifier: string): boolean => specifier.startsWith(".");
const workspaceOf = (file: string): string | undefined => workspaces.find((folder) => file.startsWith(`${folder}/`));

/** Formatted imports start a line, which tells them from the ones in a string. */
function importsOf(file: string): Import[] {
  const statements = readText(file).matchAll(/^(?:import|export)(\s+type\b)?(?:[^;"'()=]*?\sfrom)?\s+"([^"]+)"/gm);
  return [...statements].map(([, type, specifier = ""]) => ({ file, specifier, isTypeOnly: type !== undefined }));
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

describe("an import", () => {
  it("names a package that its workspace declares, so that caches know who depends on whom", () => {
    const atTheRoot = dependenciesOf(".");
    const undeclared = sources.flatMap(importsOf).filter(({ file, specifier }) => {
      const workspace = workspaceOf(file);
      if (workspace === undefined || isRelative(specifier) || specifier.startsWith("node:")) return false;
      const name = packageOf(specifier);
      const sharedTool = isTest(file) && !name.startsWith("@lanyard/") && atTheRoot.includes(name);
      return name !== readPackage(workspace).name && !dependenciesOf(workspace).includes(name) && !sharedTool;
    });
    expect(undeclared.map(({ file, specifier }) => `${file}: ${specifier}`)).toEqual([]);
  });

  it("of a pure decision reaches no package at run time, however many files away", () => {
    const cores = sources.filter((file) => /\/(decide-[^/]+|state)\.ts$/.test(file) && !isTest(file));
    const reached = new Set(cores);
    const impure: string[] = [];
    for (const file of reached) {
      for (const { specifier } of importsOf(file).filter(({ isTypeOnly }) => !isTypeOnly)) {
        if (isRelative(specifier)) reached.add(posix.join(posix.dirname(file), specifier));
        else impure.push(`${file}: ${specifier}`);
      }
    }
    expect(impure).toEqual([]);
  });
});

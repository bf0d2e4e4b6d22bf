import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** The repository's files, tracked or new but not ignored, as sorted paths from its root. */
export const repositoryFiles: readonly string[] = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { cwd: root, encoding: "utf8" },
)
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)))
  .sort();

export function readText(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

export interface PackageJson {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readPackage(folder: string): PackageJson {
  return JSON.parse(readText(join(folder, "package.json"))) as PackageJson;
}

export function dependenciesOf(folder: string): string[] {
  const { dependencies, devDependencies, optionalDependencies } = readPackage(folder);
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

/** The folders of the workspaces: `libs/aws`, …, `services/gateway`, …, `scripts`, `test`. */
export const workspaces: readonly string[] = repositoryFiles
  .filter((file) => /^(libs\/[^/]+|services\/[^/]+|scripts|test)\/package\.json$/.test(file))
  .map((file) => file.replace("/package.json", ""));

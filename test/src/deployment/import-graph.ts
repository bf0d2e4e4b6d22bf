import { posix } from "node:path";
import { readText, workspaces } from "../repository/repository-files.ts";

interface Manifest {
  name: string;
  exports: Readonly<Record<string, string>>;
}

const manifests = new Map(
  workspaces.map((folder) => {
    const manifest = JSON.parse(readText(`${folder}/package.json`)) as Manifest;
    return [manifest.name, { folder, exports: manifest.exports }];
  }),
);

/** Every file of the repository that is loaded when one of `entries` runs, the entries among them. */
export function filesLoadedBy(entries: readonly string[]): readonly string[] {
  const files = new Set(entries);
  for (const file of files) {
    if (!file.endsWith(".ts")) continue;
    const statements = readText(file).matchAll(/^(?:import|export)(?!\s+type\b)(?:[^;"'()=]*?\sfrom)?\s+"([^"]+)"/gm);
    for (const [, specifier = ""] of statements) {
      const loaded = fileOf(file, specifier);
      if (loaded !== undefined) files.add(loaded);
    }
  }
  return [...files].sort();
}

function fileOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const name = specifier.split("/").slice(0, 2).join("/");
  const manifest = manifests.get(name);
  if (manifest === undefined) return undefined;
  const target = manifest.exports[`.${specifier.slice(name.length)}`];
  if (target === undefined) throw new Error(`${from} imports ${specifier}, which ${name} does not export`);
  return posix.join(manifest.folder, target);
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Those paths of `docs` (path below `root` → content) whose file is missing or says something else. */
export function staleDocs(root: string, docs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(docs)
    .filter(([path, content]) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== content)
    .map(([path]) => path);
}

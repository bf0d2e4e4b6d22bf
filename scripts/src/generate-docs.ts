import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedDocs } from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";
import { staleDocs } from "./stale-docs.ts";

// `npm run docs` writes what is made from the contracts; with `--check` it only lists what is out of date, and exits 1.
const root = fileURLToPath(new URL("../../", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const docs = generatedDocs({ version, topology: readTopology() });
const stale = staleDocs(root, docs);

if (process.argv.includes("--check")) {
  for (const path of stale) console.error(`${path} is out of date: npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), docs[path] ?? "");
    console.log(`wrote ${path}`);
  }
  if (stale.length === 0) console.log("the generated docs are up to date");
}

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { brokenLinks } from "./broken-links.ts";

/** Prints every link in the repository's Markdown that leads nowhere, and fails when there is one. */
const root = join(import.meta.dirname, "../..");
const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"], {
  cwd: root,
  encoding: "utf8",
});
const files = listed
  .split("\0")
  .filter((file) => file !== "")
  .map((file) => join(root, file))
  .filter((file) => existsSync(file)); // deleted, but not yet from the index

const broken = await brokenLinks(files, { root });
for (const line of broken) console.error(line);
console.log(`${files.length} Markdown files, ${broken.length} broken links`);
process.exitCode = broken.length === 0 ? 0 : 1;

/**
 * Whether a `.dockerignore` leaves a file out, as Docker decides it: the last pattern that matches the file or a folder it is
 * in counts. Understands what ours uses: `*`, `**`, `!`.
 */
export function dockerIgnore(text: string): (file: string) => boolean {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ ignores: !line.startsWith("!"), matches: matcherOf(line.replace(/^!/, "")) }));
  return (file) => patterns.findLast(({ matches }) => matches.test(file))?.ignores ?? false;
}

function matcherOf(pattern: string): RegExp {
  const path = pattern
    .split(/(\*\*\/|\*)/)
    .map((part) => {
      if (part === "**/") return "(?:.*/)?";
      return part === "*" ? "[^/]*" : part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  return new RegExp(`^${path}(?:/|$)`);
}

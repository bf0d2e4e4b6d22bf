import { relative } from "node:path";
import type { Rule } from "markdownlint";
import { lint } from "markdownlint/promise";
import relativeLinks, { markdownIt } from "markdownlint-rule-relative-links";

const knownScheme = /^(https?|mailto):/i;
const anyScheme = /^[a-z][a-z0-9+.-]*:/i;

function isWellFormed(href: string): boolean {
  if (!knownScheme.test(href)) return false;
  if (/^mailto:/i.test(href)) return /^mailto:[^@\s]+@[^@\s]+$/i.test(href);
  return /^https?:\/\/[^/\s]+/i.test(href) && URL.canParse(href);
}

/** Links that leave the repository are read, never followed: the check needs no network and fails for no one's outage. */
const externalLinks: Rule = {
  names: ["external-links"],
  description: "External links should be well-formed",
  tags: ["links"],
  parser: "markdownit",
  function: ({ parsers }, onError) => {
    for (const token of parsers.markdownit.tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrs?.find(([name]) => name === (token.type === "image" ? "src" : "href"))?.[1];
      if (href !== undefined && anyScheme.test(href) && !isWellFormed(href)) {
        onError({ lineNumber: token.lineNumber, detail: `"${href}"` });
      }
    }
  },
};

/**
 * Lists, as `file:line message`, every link in the Markdown `files` (absolute paths) that leads nowhere: a missing file, a
 * heading that is not there, an undefined reference, an external address that cannot be one.
 */
export async function brokenLinks(files: readonly string[], { root }: { root: string }): Promise<string[]> {
  const results = await lint({
    files: [...files],
    config: {
      default: false,
      "external-links": true,
      "link-fragments": true,
      "no-empty-links": true,
      "reference-links-images": true,
      "relative-links": { root_path: root },
    },
    customRules: [relativeLinks, externalLinks],
    // An address that cannot be parsed makes the relative-links rule throw: that is a finding, not a crash.
    handleRuleFailures: true,
    markdownItFactory: () => markdownIt,
  });
  return Object.entries(results).flatMap(([file, errors]) =>
    errors.map(({ lineNumber, ruleDescription, errorDetail, errorContext }) =>
      [`${relative(root, file)}:${lineNumber}`, `${ruleDescription}:`, errorDetail, errorContext]
        .filter(Boolean)
        .join(" "),
    ),
  );
}

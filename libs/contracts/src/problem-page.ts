import { problemCodes, problems, wireCode } from "./problems.ts";

/** `docs/api/problems.md`: every code a client may meet. */
export function problemPage(): string {
  const rows = problemCodes.map((code) => {
    const { status, title, retry = false } = problems[code];
    return `| \`${wireCode(code)}\` | ${status} | ${title} | ${retry ? "yes" : "no"} |`;
  });
  return `${[
    "<!-- Generated from libs/contracts by `npm run docs`: change the contracts, not this page. -->",
    "# Problems",
    "Errors are `application/problem+json` (RFC 9457). `code` is stable: switch on it, not on the title. Retry says whether the same request, sent again as it is, may succeed.",
    ["| code | status | title | retry |", "|---|---|---|---|", ...rows].join("\n"),
  ].join("\n\n")}\n`;
}

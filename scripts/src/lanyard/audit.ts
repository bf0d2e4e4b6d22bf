import { auditSchemas, routes } from "@lanyard/contracts";
import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import { type AdminClient, adminClient } from "./admin-client.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { textTable } from "./text-table.ts";

type Line = z.output<typeof auditSchemas.auditVerificationLine>;
type End = Extract<Line, { line: "end" }>;
type Finding = z.output<typeof auditSchemas.auditFinding>;

const BAR_WIDTH = 24;

const words: Readonly<Record<Finding["what"], string>> = {
  begin_changed: "the record of where seals begin was changed or removed",
  seal_missing: "the seal is missing",
  seal_changed: "the seal was changed, or is another hour's",
  link_broken: "the seal is not bound to the seal of the hour before",
  part_missing: "a list of the rows that were sealed was removed",
  part_changed: "a list of the rows that were sealed was changed",
  key_unknown: "sealed with a key that the gateway does not have: not checked",
  row_removed: "a row was removed",
  row_changed: "a row was changed",
  row_added: "a row was added",
  row_key_unknown: "a row is marked with a key that the gateway does not have: not checked",
};

/** `audit …`: the security log. */
export function addAudit(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const audit = program.command("audit").description("whether the security log is as it was written");

  audit
    .command("verify")
    .description("looks at every seal and every row; exit status 1 when something was removed, changed or added")
    .option("--from <time>", "only from the hour on that this is in, as 2026-11-21T12:00:00Z (default: the first)", iso)
    .option("--to <time>", "only until then (default: now)", iso)
    .option("--known <hour=mac>", "a seal that was noted elsewhere, as this command tells it: it must still stand")
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json, from, to, known } = command.optsWithGlobals<
        CommonOptions & { readonly from?: string; readonly to?: string; readonly known?: string }
      >();
      const query = {
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(known !== undefined && { known }),
      };
      const { end, findings } = await followed(adminClient(surroundings, baseUrl), surroundings, query);
      if (json) out(`${JSON.stringify({ ...end, line: undefined, findings })}\n`);
      else {
        const rows = findings.map((each) => [
          ("row" in each ? (each.row.at ?? each.hour) : each.hour) ?? "-",
          isTerminal ? words[each.what] : each.what,
          "row" in each ? each.row.whose : "-",
          "row" in each ? each.row.eventId : "-",
        ]);
        if (rows.length > 0) out(textTable(["WHEN", "WHAT", "WHOSE", "EVENT"], rows, { isTerminal }));
        if (isTerminal) out(summary(end));
      }
      if (findings.length > 0)
        throw new LanyardMistake(`not as it was written: ${counted(findings.length, "finding")}`);
    });
}

async function followed(
  client: Pick<AdminClient, "lines">,
  { progress = () => undefined }: Pick<Surroundings, "progress">,
  query: Readonly<Record<string, string>>,
): Promise<{ readonly end: End; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const done = { hours: 0, of: 0, rows: 0, looked: 0 };
  try {
    for await (const sent of client.lines(routes.verifyAudit, { query })) {
      const line = auditSchemas.auditVerificationLine.safeParse(sent).data;
      switch (line?.line) {
        case undefined:
          throw new LanyardMistake("a line that this version does not know: is the gateway of another one?");
        case "end":
          return { end: line, findings };
        case "begin":
          done.of = line.hours;
          break;
        case "part":
          done.rows += line.rows;
          findings.push(...line.findings);
          break;
        case "hour":
          done.hours += 1;
          findings.push(...line.findings);
          break;
        case "rows":
          done.looked += line.looked;
          findings.push(...line.findings);
          break;
      }
      progress(progressLine(done, findings.length));
    }
    throw new LanyardMistake("not looked at to the end: the gateway broke off");
  } finally {
    progress("");
  }
}

/** As `[############············]  12 of 24 hours  3400 rows sealed  0 rows in the table  0 findings`. */
function progressLine(
  {
    hours,
    of,
    rows,
    looked,
  }: { readonly hours: number; readonly of: number; readonly rows: number; readonly looked: number },
  findings: number,
): string {
  const filled = Math.floor((of === 0 ? 1 : hours / of) * BAR_WIDTH);
  const bar = "#".repeat(filled) + "·".repeat(BAR_WIDTH - filled);
  return `[${bar}]  ${hours} of ${of} hours  ${rows} rows sealed  ${looked} rows in the table  ${counted(findings, "finding")}`;
}

function summary({ hours, rows, expired, late, looked, unmarked, newest, findings }: End): string {
  const notes = [
    ...(expired > 0 ? [`${expired} expired`] : []),
    ...(late > 0 ? [`${late} came too late for their seal`] : []),
    ...(unmarked > 0 ? [`${unmarked} from before there were seals`] : []),
  ];
  const seen = `${counted(hours, "hour")}, ${counted(rows, "row")} sealed, ${looked} in the table`;
  const verdict = findings === 0 ? "whole" : "broken";
  const note =
    newest === undefined ? "no hour is sealed yet" : `newest seal, to keep elsewhere: ${newest.hour}=${newest.mac}`;
  return `${[verdict, [seen, ...notes].join("; ")].join(": ")}\n${note}\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function iso(given: string): string {
  const at = new Date(given);
  if (!/^\d{4}-\d{2}-\d{2}/.test(given) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError("It must be a time as 2026-11-21T12:00:00Z.");
  }
  return at.toISOString();
}

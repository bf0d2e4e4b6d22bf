import type { auditSchemas } from "@lanyard/contracts";
import type { z } from "zod";
import { decideSealedRow } from "./decide-row.ts";
import { decideSeal } from "./decide-seal.ts";
import type { RowName, RowOfSeal, SealedLog } from "./sealed-log.ts";

export type Finding = z.output<typeof auditSchemas.auditFinding>;
export type Line = z.output<typeof auditSchemas.auditVerificationLine>;

/** Few at once: the table is the one that people's own events are read from. */
const ROWS_AT_ONCE = 16;

/** Reads what the seal of an hour covers, and tells what is not so any more: a line for each part, and one for the hour. */
export async function* verifyHour(
  { log, now }: { readonly log: SealedLog; readonly now: string },
  hour: string,
  chain: Parameters<typeof decideSeal>[1],
): AsyncGenerator<Line> {
  const seal = await log.seal(hour);
  const { finding, isReliable } = decideSeal(seal, chain);
  const findings: Finding[] = finding === undefined ? [] : [{ what: finding, hour }];
  const sealed = new Set<string>();
  let rows = 0;
  let expired = 0;
  if (isReliable && seal?.value !== undefined) {
    ({ rows } = seal.value);
    const { keptUntil, parts } = seal.value;
    for (const digest of parts) {
      const part = await log.part(hour, digest);
      if (part === "changed") findings.push({ what: "part_changed", hour });
      else if (part !== "missing") {
        for (const row of part) sealed.add(keyOf(row));
        const outcome = await verifyRows(log, hour, part, now);
        expired += outcome.expired;
        yield { line: "part", hour, rows: part.length, findings: outcome.findings };
      } else if (keptUntil === undefined || keptUntil > now) findings.push({ what: "part_missing", hour });
    }
  }
  let late = 0;
  if (isReliable) {
    for await (const entries of log.recorded(hour)) late += entries.filter((each) => !sealed.has(keyOf(each))).length;
  }
  yield { line: "hour", hour, rows, expired, late, findings };
}

async function verifyRows(
  log: SealedLog,
  hour: string,
  part: readonly RowOfSeal[],
  now: string,
): Promise<{ findings: Finding[]; expired: number }> {
  const findings: Finding[] = [];
  let expired = 0;
  for (let from = 0; from < part.length; from += ROWS_AT_ONCE) {
    const some = part.slice(from, from + ROWS_AT_ONCE);
    const found = await Promise.all(some.map((row) => log.row(row)));
    for (const [index, row] of some.entries()) {
      const what = decideSealedRow(row, found[index], now);
      if (what === "expired") expired += 1;
      else if (what !== "as sealed") findings.push({ what, hour, row: nameOf(row) });
    }
  }
  return { findings, expired };
}

export const keyOf = ({ whose, at, eventId }: RowName): string => `${whose} ${at} ${eventId}`;
export const nameOf = ({ whose, at, eventId }: RowName): RowName => ({ whose, at, eventId });

import { auditHourOf, auditHourStart, SEAL_GRACE_SECONDS } from "@lanyard/contracts";
import { decideFoundRow } from "./decide-row.ts";
import type { SealedLog } from "./sealed-log.ts";
import { type Finding, keyOf, type Line, nameOf, verifyHour } from "./verify-hour.ts";

export interface VerificationOptions {
  readonly log: SealedLog;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Hours from the one that this is in; default: the first that is sealed. */
  readonly from?: number | undefined;
  /** Not itself included; default: `now`. */
  readonly to?: number | undefined;
  /** `hour=mac` of a seal that must still stand; default: none is known. */
  readonly known?: string | undefined;
}

const HOUR_MS = 3600_000;
/** How long after an hour is due its seal may be missing: workers start, and catch up. */
const OVERDUE_AFTER_MS = 2 * HOUR_MS;
/** So long after sealing began, workers of a release without it may still have run. */
const ALL_MARKED_AFTER_HOURS = 24;

/** Looks at every hour of a span, one after the other, and then at every row there is. Reads only. */
export async function* verification(options: VerificationOptions): AsyncGenerator<Line> {
  const { log, now } = options;
  const nowIso = new Date(now).toISOString();
  const [begin, span] = await Promise.all([log.begin(), log.span()]);
  const beginHour = begin?.mark === "genuine" ? begin.hour : undefined;
  const first = beginHour ?? span?.first;
  const newestDue = auditHourOf(now - (SEAL_GRACE_SECONDS * 1000 + HOUR_MS + OVERDUE_AFTER_MS));
  const last = span === undefined || span.newest < newestDue ? newestDue : span.newest;
  const hours = first === undefined ? [] : hoursBetween(first, last, options);
  yield { line: "begin", ...(first !== undefined && { sealedFrom: first }), hours: hours.length };

  const total = { hours: hours.length, rows: 0, expired: 0, late: 0, looked: 0, unmarked: 0, findings: 0 };
  const told = new Set<string>();
  if (first !== undefined && (beginHour === undefined || (span !== undefined && span.first < beginHour))) {
    total.findings += 1;
    yield { line: "rows", looked: 0, findings: [{ what: "begin_changed", hour: first }] };
  }
  if (options.known !== undefined) {
    const [hour = "", mac] = options.known.split("=");
    const seal = await log.seal(hour);
    const findings: Finding[] =
      seal?.value?.mac === mac ? [] : [{ what: seal ? "seal_changed" : "seal_missing", hour }];
    total.findings += findings.length;
    yield { line: "rows", looked: 0, findings };
  }
  for (const hour of hours) {
    const isFirst = hour === first;
    const before = isFirst ? undefined : await log.seal(auditHourOf(auditHourStart(hour, -1)));
    const known = before === undefined ? undefined : { mac: before.value?.mac };
    for await (const line of verifyHour({ log, now: nowIso }, hour, { isFirst, before: known })) {
      if (line.line === "hour") {
        total.rows += line.rows;
        total.expired += line.expired;
        total.late += line.late;
      }
      for (const finding of "findings" in line && Array.isArray(line.findings) ? line.findings : []) {
        total.findings += 1;
        if ("row" in finding) told.add(keyOf(finding.row));
      }
      yield line;
    }
  }

  const markedFrom = beginHour && new Date(auditHourStart(beginHour, ALL_MARKED_AFTER_HOURS)).toISOString();
  const [from, to] = [options.from, options.to].map((ms) =>
    ms === undefined ? undefined : new Date(ms).toISOString(),
  );
  for await (const rows of log.rows()) {
    const asked = rows.filter(({ at }) => (from === undefined || at >= from) && (to === undefined || at < to));
    const findings: Finding[] = [];
    for (const row of asked) {
      const what = decideFoundRow(row, row.at, markedFrom);
      if (what === "unmarked") total.unmarked += 1;
      // What was changed has been told with its hour.
      else if (what !== "recorded" && !told.has(keyOf(row))) findings.push({ what, row: nameOf(row) });
    }
    total.looked += asked.length;
    total.findings += findings.length;
    yield { line: "rows", looked: asked.length, findings };
  }
  const newest = span && (await log.seal(span.newest));
  yield {
    line: "end",
    ...total,
    ...(newest?.value !== undefined && { newest: { hour: newest.value.hour, mac: newest.value.mac } }),
    checkedAt: nowIso,
  };
}

/** From the first hour or the one asked for, to the last one or the one that what was asked for ends in. */
function hoursBetween(first: string, last: string, { from, to }: Pick<VerificationOptions, "from" | "to">): string[] {
  const begin = Math.max(auditHourStart(first), from === undefined ? 0 : auditHourStart(auditHourOf(from)));
  const end = Math.min(auditHourStart(last), to === undefined ? Number.POSITIVE_INFINITY : to - 1);
  const hours: string[] = [];
  for (let at = begin; at <= end; at += HOUR_MS) hours.push(auditHourOf(at));
  return hours;
}

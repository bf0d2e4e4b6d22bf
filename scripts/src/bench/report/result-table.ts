import type { Finding, Findings, Target } from "../benchmark.ts";

export interface NamedFindings extends Findings {
  readonly name: string;
}

const head = ["measured", "figure", "speed", "of", "p50", "p90", "p95", "p99", "max ms"];
const leftAligned = new Set(["measured", "of"]);

/** Every finding of a run as one table of text; targets stand below it. */
export function resultTable(results: readonly NamedFindings[]): string {
  const groups = results.map(({ name, findings }) => ({ name, rows: findings.map(rowOf) }));
  const rows = [head, ...groups.flatMap((group) => group.rows)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        leftAligned.has(head[column] ?? "") ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const targets = results.flatMap((each) => each.targets ?? []).map(targetLine);
  return [
    line(head),
    ...groups.flatMap(({ name, rows: own }) => ["", `── ${name}`, ...own.map(line)]),
    ...(targets.length === 0 ? [] : ["", ...targets]),
  ].join("\n");
}

export const isMet = ({ value, below }: Target): boolean => value < below;

export const targetLine = (target: Target): string =>
  `${isMet(target) ? "✓" : "✗"} ${target.what} = ${rounded(target.value)} ${target.unit} (target < ${target.below})`;

function rowOf({ what, figure, speed, latencyMs }: Finding): readonly string[] {
  const { p50, p90, p95, p99, max } = latencyMs ?? {};
  return [
    what,
    `${rounded(figure.value)} ${figure.unit}`,
    speed === undefined ? "" : `${speed.ratio.toFixed(2)} (${speed.lowest.toFixed(2)}–${speed.highest.toFixed(2)})`,
    speed?.of ?? "",
    ...[p50, p90, p95, p99, max].map((ms) => (ms === undefined ? "" : rounded(ms))),
  ];
}

/** Three digits say as much as such measurements know. */
function rounded(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 10 ? 1 : 2);
}

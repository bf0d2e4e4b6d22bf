import type { StepReport } from "./take-journey.ts";

const nameWidth = 72;

/** A step as it is printed: one line, and two more when it failed. */
export function stepLines({ name, ok, milliseconds, expected, seen }: StepReport): string {
  const line = `${ok ? "✓" : "✗"} ${name.padEnd(nameWidth)}${String(milliseconds).padStart(6)} ms`;
  return ok ? line : [line, `    expected: ${expected}`, `    seen:     ${seen}`].join("\n");
}

/** The last line. */
export function summaryLine(reports: readonly StepReport[], stepCount: number, baseUrl: string): string {
  const failed = reports.some(({ ok }) => !ok);
  const left = stepCount - reports.length;
  if (!failed) return `${baseUrl}: all ${stepCount} steps succeeded`;
  return `${baseUrl}: step ${reports.length} of ${stepCount} failed, ${left} not taken`;
}

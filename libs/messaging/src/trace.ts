import { createHash } from "node:crypto";

/** The trace of a W3C `traceparent`. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** The same trace with a span of its own for `step`; derived, so that a repeated step keeps its span. */
export function childSpan(traceparent: string, step: string): string {
  const span = createHash("sha256").update(traceparent).update("/").update(step).digest("hex").slice(0, 16);
  return `${traceparent.slice(0, 35)}-${span}-${traceparent.slice(-2)}`;
}

import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api";

/** A context whose spans are children of a W3C `traceparent`. */
export function inTraceOf(traceparent: string): Context {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.split("-");
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

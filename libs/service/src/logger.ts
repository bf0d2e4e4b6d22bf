import { type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";

/** Header and field names (in lower case) whose values never show. */
const HIDDEN = new Set([
  "authorization",
  "cookie",
  "accesstoken",
  "refreshtoken",
  "operationsecret",
  "password",
  "token",
  "code",
  "email",
  "x-user-id",
  "x-operation-secret",
]);

/** Hides at the top and one level below; plain code, because path patterns would cost more than the rest of a line. */
function redacted(fields: Record<string, unknown>, depth = 1): Record<string, unknown> {
  let shown = fields;
  for (const [name, value] of Object.entries(fields)) {
    const nested =
      depth > 0 && typeof value === "object" && value !== null && !(value instanceof Error) && !Array.isArray(value);
    const safe = HIDDEN.has(name.toLowerCase())
      ? "[redacted]"
      : nested
        ? redacted(value as Record<string, unknown>, depth - 1)
        : value;
    if (safe === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = safe;
  }
  return shown;
}

/** Errors by name, message and stack alone: what else hangs on them (requests, answers) may carry anything. */
const errorSerializer = (error: unknown): unknown => {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack };
};

/** JSON lines; readable on a terminal. */
export function createLogger(options: {
  readonly service: string;
  readonly level: string;
  readonly stream?: { write(text: string): void };
}): Logger {
  const stream =
    options.stream ?? (process.stdout.isTTY ? pretty({ sync: true, ignore: "pid,hostname" }) : process.stdout);
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: errorSerializer },
      formatters: { log: redacted },
    },
    stream,
  );
}

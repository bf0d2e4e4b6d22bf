import { type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";

/** Header and field names that never show, wherever they stand in a logged object. */
const HIDDEN = [
  "authorization",
  "cookie",
  "accessToken",
  "refreshToken",
  "operationSecret",
  "password",
  "token",
  "code",
  "email",
  "x-user-id",
  "x-operation-secret",
];

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
      redact: { paths: HIDDEN.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: "[redacted]" },
    },
    stream,
  );
}

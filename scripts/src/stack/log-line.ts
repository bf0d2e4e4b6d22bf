const levelNames: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const warnLevel = 40;

/** One line of output, for the log file and, when someone should see it, for the terminal. */
export interface LogLine {
  /** A JSON object, also when something else was written. */
  stored: string;
  /** Short; absent below "warn". */
  shown?: string;
}

/**
 * Reads a line of pino's JSON. Anything else is stored with `plainLevel`; from a service it came past the logger, which
 * mostly is a crash: an error.
 */
export function logLine(source: string, line: string, now: Date, plainLevel = 50): LogLine {
  const record = recordOf(line);
  if (record === undefined) {
    const stored = JSON.stringify({ level: plainLevel, time: now.toISOString(), service: source, msg: line });
    return { stored, ...(plainLevel < warnLevel ? {} : { shown: `${source}: ${line}` }) };
  }
  if (record.level < warnLevel) return { stored: line };
  const cause = typeof record.err?.message === "string" ? ` (${record.err.message.split("\n")[0]})` : "";
  const level = levelNames[record.level] ?? record.level;
  return { stored: line, shown: `${source}: ${level}: ${record.msg ?? ""}${cause}` };
}

interface LogRecord {
  level: number;
  msg?: string;
  err?: { message?: unknown };
}

function recordOf(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const record = JSON.parse(line) as Partial<LogRecord>;
    return typeof record.level === "number" ? (record as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

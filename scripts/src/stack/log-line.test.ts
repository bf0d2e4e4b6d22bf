import { describe, expect, it } from "@jest/globals";
import { logLine } from "./log-line.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const pino = (fields: object) => JSON.stringify({ time: "2026-01-01T00:00:00.000Z", service: "token", ...fields });

describe("a line of a service", () => {
  it("goes to the file only when it is information", () => {
    const line = pino({ level: 30, msg: "listening" });
    expect(logLine("token-0", line, now)).toEqual({ stored: line });
  });

  it("is shown shortly when it warns", () => {
    const line = pino({ level: 40, msg: "not ready yet", err: { message: "sqs is unavailable\nat …", stack: "long" } });
    expect(logLine("token-0", line, now)).toEqual({
      stored: line,
      shown: "token-0: warn: not ready yet (sqs is unavailable)",
    });
  });

  it.each(["Error: out of memory", '{"half": ', '{"no":"level"}'])(
    "is an error in the file and shown as it is when it came past the logger: %s",
    (line) => {
      const { stored, shown } = logLine("token-0", line, now);
      expect(JSON.parse(stored)).toEqual({ level: 50, time: now.toISOString(), service: "token-0", msg: line });
      expect(shown).toBe(`token-0: ${line}`);
    },
  );

  it("is not shown when it is plain and only information", () => {
    expect(logLine("provision", "created queue", now, 30).shown).toBeUndefined();
  });
});

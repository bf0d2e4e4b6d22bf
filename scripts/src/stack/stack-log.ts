import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { logLine } from "./log-line.ts";

/** Where the lines of a stack go: all into one file, and to `show` what someone should see. */
export interface StackLog {
  /** What a service writes. */
  output: (source: string) => (line: string) => void;
  /** For the file only. */
  detail: (source: string) => (line: string) => void;
  /** What happens to the stack: for both. */
  announce: (line: string) => void;
  close: () => Promise<void>;
}

/** Appends to `path` from the first line on, making its directory; without a path nothing is kept. */
export function openStackLog(path: string | undefined, show: (line: string) => void): StackLog {
  let file: WriteStream | undefined;
  const note = (source: string, line: string, plainLevel?: number) => {
    const { stored, shown } = logLine(source, line, new Date(), plainLevel);
    if (path !== undefined) {
      file ??= openFile(path);
      file.write(`${stored}\n`);
    }
    return shown;
  };
  return {
    output: (source) => (line) => {
      const shown = note(source, line);
      if (shown !== undefined) show(shown);
    },
    detail: (source) => (line) => void note(source, line, 30),
    announce: (line) => {
      note("stack", line, 40);
      show(line);
    },
    close: async () => {
      file?.end();
      if (file !== undefined) await finished(file).catch(() => undefined);
    },
  };
}

function openFile(path: string): WriteStream {
  mkdirSync(dirname(path), { recursive: true });
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk must not take the stack down; its lines are lost.
  stream.on("error", () => undefined);
  return stream;
}

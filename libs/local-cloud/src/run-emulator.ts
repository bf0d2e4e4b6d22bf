import { DataDirInUse, lockDataDir } from "./data-lock.ts";
import type { EmulatorMessage, EmulatorOptions } from "./emulator-protocol.ts";

const closeTimeoutMs = 3000;

/** The life of an emulator process: lock, start, report, and end when told so or when the parent is gone. */
export async function runEmulator(
  start: (options: EmulatorOptions) => Promise<{ close(): Promise<void> }>,
): Promise<void> {
  let close: (() => Promise<void>) | undefined;
  let lock: { release(): void } | undefined;
  const end = () => {
    setTimeout(() => process.exit(1), closeTimeoutMs);
    Promise.resolve(close?.())
      .finally(() => lock?.release())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.once("disconnect", end);
  process.once("message", end);
  process.once("SIGTERM", end);

  try {
    const options = JSON.parse(process.argv[2] ?? "") as EmulatorOptions;
    // Kept in reach of `end`: a lock that nothing refers to is garbage, and collected it is given up.
    if (options.dir !== undefined) lock = lockDataDir(options.dir);
    const started = await start(options);
    close = () => started.close();
    report({ type: "listening" });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report({ type: "failed", code: codeOf(error), message }, () => process.exit(1));
  }
}

function codeOf(error: unknown): "data_dir_in_use" | "port_in_use" | "crashed" {
  if (error instanceof DataDirInUse) return "data_dir_in_use";
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return "port_in_use";
  return "crashed";
}

function report(message: EmulatorMessage, sent: () => void = () => undefined): void {
  process.send?.(message, sent);
}

const samePressMs = 500;

/**
 * Calls `stop` for the first Ctrl-C, SIGTERM or SIGHUP and `kill` for a later one. npm passes on a Ctrl-C that the terminal
 * has sent here as well, so what comes within half a second of the first is the same press.
 */
export function onStopSignals(
  signals: { on(event: NodeJS.Signals, listener: () => void): unknown },
  { stop, kill, now }: { stop: () => void; kill: () => void; now: () => number },
): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = now();
      stop();
    } else if (now() - firstAt > samePressMs) {
      kill();
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) signals.on(signal, onSignal);
}

import { join } from "node:path";
import { startAskedProcess } from "../../process/asked-process.ts";

const reportEvery = 10_000;

/** Puts so many sessions of as many visitors into the session table, opened yesterday and alive. */
export async function seedSessions(
  env: Readonly<Record<string, string>>,
  count: number,
  progress: (line: string) => void,
): Promise<void> {
  const seeds = startAskedProcess<{ readonly count: number }, null>(
    join(import.meta.dirname, "seed-sessions-main.ts"),
    env,
  );
  try {
    for (let stored = 0; stored < count; stored += reportEvery) {
      await seeds.ask({ count: Math.min(reportEvery, count - stored) });
      progress(`${Math.min(stored + reportEvery, count)} of ${count} sessions stored`);
    }
  } finally {
    await seeds.stop();
  }
}

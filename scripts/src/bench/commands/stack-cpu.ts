import type { Stack } from "../../stack.ts";

/** What the services of a stack have used of all cores since their start, milliseconds; they say it in their metrics. */
export async function stackCpuMs({ services }: Pick<Stack, "services">): Promise<number> {
  const used = await Promise.all(
    services.map(async ({ id, url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return cpuMsIn(text) ?? Promise.reject(new Error(`${id} does not say what it has used`));
    }),
  );
  return used.reduce((sum, each) => sum + each, 0);
}

/** Of one process, out of its Prometheus text. */
export function cpuMsIn(metrics: string): number | undefined {
  const seconds = /^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)/m.exec(metrics)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

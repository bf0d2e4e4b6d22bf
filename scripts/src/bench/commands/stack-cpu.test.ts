import { describe, expect, it } from "@jest/globals";
import { createMetrics } from "@lanyard/service";
import { cpuMsIn } from "./stack-cpu.ts";

describe("the CPU a service has used", () => {
  it("is read from its metrics as they are", async () => {
    const usage = process.cpuUsage();
    const { registry } = createMetrics("token");
    const spent = cpuMsIn(await registry.metrics());
    expect(spent).toBeGreaterThanOrEqual(0);
    expect(spent).toBeLessThanOrEqual((usage.user + usage.system) / 1000 + 60_000);
  });

  it("is in milliseconds, and unknown where it is not said", () => {
    expect(cpuMsIn('# TYPE x\nprocess_cpu_seconds_total{service="token"} 1.25\n')).toBe(1250);
    expect(cpuMsIn("process_cpu_user_seconds_total 3\n")).toBeUndefined();
  });
});

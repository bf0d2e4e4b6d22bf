import { provisionCloud } from "../../stack/provision-cloud.ts";
import { provisionerScript } from "../../stack/stack-services.ts";
import type { ClosedLoopRun } from "../measure/closed-loop.ts";
import { type FloorRole, startFloorProcess } from "./floor.ts";

const prefix = "floor";
const named = (name: string): string => `${prefix}-${name}`;

/** The way of an anonymous sign-in; bytes are estimates of its messages. */
const gatewayRole: FloorRole = { queue: named("inbox"), sendsTo: named("identity"), bodyBytes: 610 };
const workerRoles: readonly FloorRole[] = [
  {
    queue: named("identity"),
    table: named("identity"),
    topic: named("events"),
    sendsTo: named("session"),
    bodyBytes: 690,
  },
  {
    queue: named("session"),
    table: named("session"),
    topic: named("events"),
    sendsTo: named("token"),
    bodyBytes: 880,
  },
  { queue: named("token"), table: named("operations"), sendsTo: named("inbox"), bodyBytes: 1900 },
];

export interface Floor {
  /** Flows from end to end, so many at once. */
  run(concurrent: number, seconds: number): Promise<ClosedLoopRun>;
  /** What its processes have used of all cores, milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * The least that a command flow of three steps can cost on this cloud: as many processes, queues and tables as the stack
 * has, and in each flow four sends, receives and deletes, two publishes and three conditional puts, in batches of up to ten, by
 * SDK clients alone. No HTTP in front, no MAC, no schema, no signature, no seal, no log.
 */
export async function startFloor(env: Readonly<Record<string, string>>): Promise<Floor> {
  const own = { ...env, LANYARD_PREFIX: prefix };
  await provisionCloud({ path: provisionerScript, env: own, log: () => undefined, signal: undefined });
  const gateway = startFloorProcess(env);
  const workers = workerRoles.map((role) => ({ role, process: startFloorProcess(env) }));
  const processes = [gateway, ...workers.map(({ process }) => process)];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((each) => each.stop()));
  };
  try {
    await gateway.ask({ kind: "start", role: gatewayRole });
    await Promise.all(workers.map(({ process, role }) => process.ask({ kind: "work", role })));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    async cpuMs() {
      const used = await Promise.all(processes.map((each) => each.cpuMs()));
      return used.reduce((sum, each) => sum + each, 0);
    },
    async run(concurrent, seconds) {
      const run = await gateway.ask({ kind: "run", concurrent, seconds });
      if (run === undefined) throw new Error("a run without samples");
      return run;
    },
  };
}

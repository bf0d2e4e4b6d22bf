import { brokerTime, type MemoryTransport } from "@lanyard/messaging";
import type { MemoryItemStore } from "@lanyard/storage";
import type { DataKinds } from "@lanyard/user-data";
import type { WorkerPorts } from "./in-process-workers.ts";

/** What a process has in common with the others, and its time. */
export interface SharedPorts extends WorkerPorts {
  readonly transport: MemoryTransport;
  readonly table: (name: string) => MemoryItemStore;
  readonly brokerNow: () => number;
  readonly kinds: DataKinds;
}

/**
 * The ports of a process whose own clock is ahead (or behind) by so much. It learns the time of queues and tables as over
 * HTTP: each answer says it, to the second.
 */
export function withClockAhead(
  ports: Omit<SharedPorts, "brokerNow">,
  aheadMs: number,
): SharedPorts & { readonly transport: MemoryTransport } {
  const clock = { ...ports.clock, now: () => ports.clock.now() + aheadMs };
  const time = brokerTime(clock);
  const telling = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const answer = (value as (...given: unknown[]) => unknown).apply(target, args);
          if (!(answer instanceof Promise)) return answer;
          return answer.finally(() => time.observe(Math.floor(ports.clock.now() / 1000) * 1000));
        };
      },
    });
  return {
    ...ports,
    clock,
    brokerNow: time.now,
    transport: telling(ports.transport),
    table: (name) => telling(ports.table(name)),
  };
}

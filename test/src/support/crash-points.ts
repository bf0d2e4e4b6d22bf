import type { Transport } from "@lanyard/messaging";
import type { ItemStore } from "@lanyard/storage";

/** One moment of one process: before or after its nth call of that name. */
export interface CrashPoint {
  readonly call: string;
  readonly side: "before" | "after";
}

/** Watches the external calls of processes, and stops one of them dead at a chosen moment. */
export interface CrashMonitor {
  /** Every call that was begun and every one that came back, in order, as `identity: items.putIfAbsent(identity) #1`. */
  readonly points: readonly CrashPoint[];
  /** The process that was stopped, once it was. */
  readonly crashed: string | undefined;
  /** A process of that name; each call of what it wraps is a point, until the process is stopped: then none returns. */
  process(name: string, onCrash: () => void): ProcessPorts;
}

export interface ProcessPorts {
  /** Resolves when the process is stopped; never, when it is not. */
  readonly died: Promise<undefined>;
  transport(transport: Transport): Transport;
  table(name: string, store: ItemStore): ItemStore;
}

/** What a dead process waits for. */
const never = new Promise<never>(() => {});

export function crashMonitor(at?: CrashPoint): CrashMonitor {
  const points: CrashPoint[] = [];
  const counts = new Map<string, number>();
  let crashed: string | undefined;

  const wrap = <Port extends object>(
    port: Port,
    call: (method: string, args: unknown[], run: () => Promise<unknown>) => Promise<unknown>,
  ): Port =>
    new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          call(String(property), args, () => (value as (...given: unknown[]) => Promise<unknown>).apply(target, args));
      },
    });

  return {
    points,
    get crashed() {
      return crashed;
    },
    process(name, onCrash) {
      let dead = false;
      let die = (): void => {};
      const died = new Promise<undefined>((resolve) => {
        die = () => resolve(undefined);
      });
      const reached = (point: CrashPoint): boolean => {
        points.push(point);
        if (crashed !== undefined || at?.call !== point.call || at.side !== point.side) return false;
        crashed = name;
        dead = true;
        die();
        onCrash();
        return true;
      };
      const watch = async (what: string, run: () => Promise<unknown>): Promise<unknown> => {
        if (dead) return never;
        const occurrence = (counts.get(`${name}: ${what}`) ?? 0) + 1;
        counts.set(`${name}: ${what}`, occurrence);
        const call = `${name}: ${what} #${occurrence}`;
        if (reached({ call, side: "before" })) return never;
        const result = await run();
        if (dead || reached({ call, side: "after" })) return never;
        return result;
      };
      return {
        died,
        transport: (transport) =>
          wrap(transport, (method, args, run) => watch(`transport.${method}(${placeOf(args[0])})`, run)),
        table: (table, store) => wrap(store, (method, _args, run) => watch(`items.${method}(${table})`, run)),
      };
    },
  };
}

/** Inboxes have a new name in each process: as points they are one. */
const placeOf = (queue: unknown): string => String(queue).replace(/^inbox-.*/, "inbox");

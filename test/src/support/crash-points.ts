import type { Transport } from "@lanyard/messaging";
import type { MailServer } from "@lanyard/notification-service";
import type { ItemStore } from "@lanyard/storage";

/** One moment of one process: before or after its nth call of that name. */
export interface CrashPoint {
  readonly call: string;
  readonly side: "before" | "after";
}

/** Watches the external calls of processes, and stops one of them dead at each chosen moment. */
export interface CrashMonitor {
  /**
   * Every call that was begun and every one that came back since the last crash, in order, as
   * `identity: items.putIfAbsent(identity) #1`; each crash begins the count anew.
   */
  readonly points: readonly CrashPoint[];
  /** The processes that were stopped, in order. */
  readonly crashed: readonly string[];
  /** A process of that name; each call of what it wraps is a point, until the process is stopped: then none returns. */
  process(name: string, onCrash: () => void): ProcessPorts;
}

export interface ProcessPorts {
  /** Resolves when the process is stopped; never, when it is not. */
  readonly died: Promise<undefined>;
  transport(transport: Transport): Transport;
  table(name: string, store: ItemStore): ItemStore;
  mailServer(server: MailServer): MailServer;
}

/** What a dead process waits for. One each time: what waits holds the process, and must go with it. */
const never = (): Promise<never> => new Promise(() => {});

/** The second of `crashes` is looked for when the first has happened, and so on. */
export function crashMonitor(crashes: readonly CrashPoint[]): CrashMonitor {
  const points: CrashPoint[] = [];
  const counts = new Map<string, number>();
  const crashed: string[] = [];

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
    crashed,
    process(name, onCrash) {
      let dead = false;
      let die = (): void => {};
      const died = new Promise<undefined>((resolve) => {
        die = () => resolve(undefined);
      });
      const reached = (point: CrashPoint): boolean => {
        points.push(point);
        const next = crashes[crashed.length];
        if (next?.call !== point.call || next.side !== point.side) return false;
        crashed.push(name);
        points.length = 0;
        counts.clear();
        dead = true;
        die();
        onCrash();
        return true;
      };
      const watch = async (what: string, run: () => Promise<unknown>): Promise<unknown> => {
        if (dead) return never();
        const crashesBefore = crashed.length;
        const occurrence = (counts.get(`${name}: ${what}`) ?? 0) + 1;
        counts.set(`${name}: ${what}`, occurrence);
        const call = `${name}: ${what} #${occurrence}`;
        if (reached({ call, side: "before" })) return never();
        const result = await run();
        if (dead) return never();
        // A call that another process had begun before the crash has the number of that count.
        const ended = crashed.length === crashesBefore ? call : `${call} of before`;
        return reached({ call: ended, side: "after" }) ? never() : result;
      };
      return {
        died,
        transport: (transport) =>
          wrap(transport, (method, args, run) => watch(`transport.${method}(${placeOf(args[0])})`, run)),
        table: (table, store) => wrap(store, (method, _args, run) => watch(`items.${method}(${table})`, run)),
        mailServer: (server) => wrap(server, (method, _args, run) => watch(`mail.${method}`, run)),
      };
    },
  };
}

/** Inboxes have a new name in each process: as points they are one. */
const placeOf = (queue: unknown): string => String(queue).replace(/^inbox-.*/, "inbox");

import type { LimitName } from "@lanyard/contracts";
import type { CountedWindow, WindowCounters, WindowOf } from "./window-counters.ts";

/** How much of one limit a deployment allows. */
export interface LimitSetting {
  readonly quota: number;
  readonly windowSeconds: number;
}
export type LimitSettings = { readonly [Name in LimitName]: LimitSetting };

/** One request, counted against one limit. */
export interface Taken {
  readonly name: LimitName;
  readonly key: string;
  readonly allowed: boolean;
  /** How many are allowed in a window. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until the window ends; at least 1. */
  readonly resetSeconds: number;
}

/** Counts requests against limits that all gateways share. */
export interface RateLimits {
  /** Counts one request. Exactly as many as the limit are allowed in a window. @throws DependencyUnavailable */
  take(name: LimitName, key: string): Promise<Taken>;
  /** Makes one that was taken and allowed undone. In a window that is over, or about to be, it changes nothing. */
  giveBack(taken: Taken): Promise<void>;
}

/** What is given back so shortly before its window ends could end up in the next one. */
const TOO_LATE_MS = 2000;

interface Waiting {
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

/**
 * Limits over counters. Requests for one key that come at the same moment, or while the table is counting, are counted by
 * one write: each is told its own place in it.
 */
export function rateLimits(options: {
  readonly counters: WindowCounters;
  readonly settings: LimitSettings;
  /** Milliseconds on this process's clock. */
  readonly now: () => number;
}): RateLimits {
  const { counters, settings, now } = options;
  const waitingOf = new Map<string, Waiting[]>();
  const endOf = new WeakMap<Taken, number>();
  const windowOf = (name: LimitName, key: string): WindowOf => ({ ...settings[name], key: `${name}:${key}` });

  const told = (name: LimitName, key: string, place: number, { endsInMs }: CountedWindow): Taken => {
    const { quota, windowSeconds } = settings[name];
    const taken: Taken = {
      name,
      key,
      allowed: place <= quota,
      limit: quota,
      windowSeconds,
      remaining: Math.max(quota - place, 0),
      resetSeconds: Math.max(Math.ceil(endsInMs / 1000), 1),
    };
    endOf.set(taken, now() + endsInMs);
    return taken;
  };
  const count = async (name: LimitName, key: string, batch: readonly Waiting[]): Promise<void> => {
    try {
      const counted = await counters.add(windowOf(name, key), batch.length);
      const before = counted.total - batch.length;
      for (const [index, waiting] of batch.entries()) waiting.resolve(told(name, key, before + index + 1, counted));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  };
  const countAll = async (name: LimitName, key: string): Promise<void> => {
    const { key: id } = windowOf(name, key);
    for (let batch = waitingOf.get(id) ?? []; batch.length > 0; batch = waitingOf.get(id) ?? []) {
      waitingOf.set(id, []);
      await count(name, key, batch);
    }
    waitingOf.delete(id);
  };

  return {
    take: (name, key) =>
      new Promise((resolve, reject) => {
        const { key: id } = windowOf(name, key);
        const underWay = waitingOf.get(id);
        if (underWay !== undefined) {
          underWay.push({ resolve, reject });
          return;
        }
        waitingOf.set(id, [{ resolve, reject }]);
        // After the current turn of the event loop, so that what came together is counted together.
        setImmediate(() => void countAll(name, key));
      }),

    async giveBack(taken) {
      if (!taken.allowed || (endOf.get(taken) ?? 0) - now() <= TOO_LATE_MS) return;
      endOf.delete(taken);
      await counters.subtract(windowOf(taken.name, taken.key), 1);
    },
  };
}

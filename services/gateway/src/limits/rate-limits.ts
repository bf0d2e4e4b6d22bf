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
  /**
   * Counts one request. Exactly as many as the limit are allowed in a window; what is refused does not stay counted.
   * @throws DependencyUnavailable
   */
  take(name: LimitName, key: string): Promise<Taken>;
  /** Makes one that was taken and allowed undone. In a window that is over, or about to be, it changes nothing. */
  giveBack(taken: Taken): Promise<void>;
}

/** What is given back so shortly before its window ends could end up in the next one. */
const TOO_LATE_MS = 2000;

/**
 * For how long nobody is asked about a key that was full: what is refused costs writes, and a flood of it should not. As
 * another gateway may give something back, it is short.
 */
const FULL_FOR_MS = 1000;

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
  /** Keys that were full, with how long that is believed and when their windows end; in the order they were found so. */
  const fullOf = new Map<string, { readonly until: number; readonly endsAt: number }>();
  const windowOf = (name: LimitName, key: string): WindowOf => ({ ...settings[name], key: `${name}:${key}` });

  const told = (name: LimitName, key: string, place: number, { endsInMs }: Pick<CountedWindow, "endsInMs">): Taken => {
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
  const foundFull = (id: string, endsInMs: number): void => {
    for (const [known, { until }] of fullOf) {
      if (until > now()) break;
      fullOf.delete(known);
    }
    fullOf.delete(id);
    fullOf.set(id, { until: now() + Math.min(FULL_FOR_MS, endsInMs), endsAt: now() + endsInMs });
  };
  const count = async (name: LimitName, key: string, batch: readonly Waiting[]): Promise<void> => {
    const window = windowOf(name, key);
    const { quota } = settings[name];
    try {
      const full = fullOf.get(window.key);
      if (full !== undefined && full.until > now()) {
        for (const { resolve } of batch) resolve(told(name, key, quota + 1, { endsInMs: full.endsAt - now() }));
        return;
      }
      const counted = await counters.add(window, batch.length);
      const before = counted.total - batch.length;
      const places = batch.map((waiting, index) => ({ waiting, taken: told(name, key, before + index + 1, counted) }));
      const refused = places.filter(({ taken }) => !taken.allowed);
      for (const { waiting, taken } of places) if (taken.allowed) waiting.resolve(taken);
      if (refused.length === 0) return;
      foundFull(window.key, counted.endsInMs);
      if (counted.endsInMs > TOO_LATE_MS) await counters.subtract(window, refused.length);
      for (const { waiting, taken } of refused) waiting.resolve(taken);
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
      const window = windowOf(taken.name, taken.key);
      await counters.subtract(window, 1);
      fullOf.delete(window.key);
    },
  };
}

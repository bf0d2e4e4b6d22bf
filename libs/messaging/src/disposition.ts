/** What becomes of a received message; the worker loop alone acts on it. */
export type Disposition =
  /** Everything it asked for stands. */
  | { readonly kind: "delete" }
  /** It may succeed later: shown again after a growing delay, for over an hour. */
  | {
      readonly kind: "retry";
      readonly reason: string;
      /** Shown again at least until then, milliseconds since the epoch. Default: for over an hour. */
      readonly until?: number;
    }
  /** Nothing is wrong with the message: held back until the dependency answers again. */
  | { readonly kind: "hold"; readonly dependency: string }
  /** It can never succeed. */
  | { readonly kind: "dead-letter"; readonly reason: string };

const FIRST_DELAY_SECONDS = 1;
const LONGEST_DELAY_SECONDS = 900;
const RETRIED_FOR_MS = 3600_000;
const RETRIED_TIMES = 12;

/** 1, 2, 4 … 900 s: an hour is over with the 13th delivery at the earliest. */
export const retryDelaySeconds = (receiveCount: number): number =>
  Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** Math.min(receiveCount - 1, 20));

/** Both an hour and a dozen deliveries have passed. */
export const retriesExhausted = (
  message: { readonly receiveCount: number; readonly sentAt: number },
  now: number,
): boolean => message.receiveCount > RETRIED_TIMES && now - message.sentAt > RETRIED_FOR_MS;

/** What a window holds after something was added to it. */
export interface CountedWindow {
  readonly total: number;
  /** Milliseconds until it ends and counting begins anew. */
  readonly endsInMs: number;
}

/** One window of counting: its key, how much it holds, and how long it lasts from the first thing that is counted. */
export interface WindowOf {
  readonly key: string;
  /** Beyond it nothing is allowed; it is counted all the same, until it is taken back. */
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Counts that all gateways share. Each call is atomic; windows have a fixed end. */
export interface WindowCounters {
  /** Adds to the window, or begins one. @throws DependencyUnavailable */
  add(window: WindowOf, amount: number): Promise<CountedWindow>;
  /** Takes from a window that has not ended yet. @throws DependencyUnavailable */
  subtract(window: WindowOf, amount: number): Promise<void>;
}

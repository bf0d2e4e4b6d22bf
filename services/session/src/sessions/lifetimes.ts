/** How long a session lives without use. */
export interface SessionLifetimes {
  /** A visitor's, in seconds. */
  readonly anonymousIdleSeconds: number;
}

import type { User } from "../user-store.ts";

/** An undo that has not ended by then never will: nothing of it is carried out as late. */
const UNDER_WAY_MS = 24 * 3600_000;
/** What a process knows of the time that all share is up to so much too late. */
const LAG_MS = 1000;

/**
 * Whether the undoing of a change of address has overtaken a request: it was received before that had ended, or that is under
 * way. So nothing that a stranger in the account had begun changes its address or password any more. Times in ISO 8601, on the
 * time that all processes share.
 */
export function isOvertaken(
  user: Pick<User, "emailRestored"> | undefined,
  { receivedAt, now }: { readonly receivedAt: string; readonly now: string },
): boolean {
  if (user?.emailRestored === undefined) return false;
  const { at, ended } = user.emailRestored;
  if (ended !== undefined) return Date.parse(receivedAt) < Date.parse(ended.at) + LAG_MS;
  return Date.parse(now) < Date.parse(at) + UNDER_WAY_MS;
}

/** The latest receipt of what was overtaken by that moment. */
export const overtakenUntil = (at: string): string => new Date(Date.parse(at) + LAG_MS).toISOString();

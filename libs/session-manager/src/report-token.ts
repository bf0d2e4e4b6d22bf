import type { Derivation } from "@lanyard/secrets";
import { taggedIds } from "./tagged-ids.ts";

/** A session that a mail asks about. */
export interface AskedSession {
  readonly userId: string;
  readonly sessionId: string;
}

const ids = taggedIds("nm_", "report-token", 2);

/** What the link of such a mail carries: it says that the session is not its owner's, and nothing else. */
export const makeReportToken = (derivation: Derivation, { userId, sessionId }: AskedSession): string =>
  ids.make(derivation, userId, sessionId);

/** Which session it asks about, if this deployment made it: whether it still counts, its report and session must say. */
export function readReportToken(derivation: Derivation, token: string): AskedSession | undefined {
  const [userId, sessionId] = ids.read(derivation, token) ?? [];
  return userId === undefined || sessionId === undefined ? undefined : { userId, sessionId };
}

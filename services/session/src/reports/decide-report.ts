import type { Session } from "../session-store.ts";
import type { SessionReport } from "./report-store.ts";

export type ReportDecision =
  /** Nobody has reported it yet. */
  | { readonly kind: "report"; readonly session: Pick<Session, "openedAt" | "method"> }
  /** This very operation has. */
  | { readonly kind: "reported"; readonly report: SessionReport }
  | { readonly kind: "refused"; readonly code: "magic_link_expired" | "token_already_used" };

/** Whether a mail's link still reports its session. A session that left no tombstone was over long before. */
export function decideReport(
  session: Pick<Session, "openedAt" | "method"> | undefined,
  report: SessionReport | undefined,
  {
    operationId,
    now,
    reportSeconds,
  }: {
    readonly operationId: string;
    readonly now: number;
    /** How long after its opening a session can be reported. */
    readonly reportSeconds: number;
  },
): ReportDecision {
  // Was it me? Before anything else: also of a session whose time is over meanwhile.
  if (report?.operationId === operationId) return { kind: "reported", report };
  if (report !== undefined) return { kind: "refused", code: "token_already_used" };
  if (session === undefined || now >= Date.parse(session.openedAt) + reportSeconds * 1000) {
    return { kind: "refused", code: "magic_link_expired" };
  }
  return { kind: "report", session };
}

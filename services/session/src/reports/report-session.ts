import { commands, events, occurred, REPORT_SECONDS } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { SessionStore } from "../session-store.ts";
import { decideReport } from "./decide-report.ts";
import type { ReportStore } from "./report-store.ts";

export interface ReportSessionDeps {
  readonly sessions: Pick<SessionStore, "load">;
  readonly reports: ReportStore;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/**
 * Notes that an account's owner says of a session that it is not theirs: put if absent, so that of any number of requests one
 * goes on. What comes next, the password and then the sessions, is for other steps: ended here, they could be opened anew
 * before the password is suspended.
 */
export const reportSession = ({ sessions, reports, brokerNow }: ReportSessionDeps): Handler =>
  handle(commands.session.report, async ({ input, operationId, writtenBy }) => {
    const [session, standing] = await Promise.all([sessions.load(input), reports.load(input)]);
    const now = brokerNow();
    const decision = decideReport(session, standing, { operationId, now, reportSeconds: REPORT_SECONDS });
    if (decision.kind === "refused") return problem(decision.code);
    const { userId, sessionId, others } = input;
    const wanted = { userId, sessionId, operationId, others, at: new Date(now).toISOString() };
    const report =
      decision.kind === "reported"
        ? decision.report
        : await reports.put(
            { ...wanted, method: decision.session.method, openedAt: decision.session.openedAt },
            { writtenBy },
          );
    if (report.operationId !== operationId) return problem("token_already_used");
    const { at, method, openedAt } = report;
    return done({ reportedAt: at, reportedMethod: method, reportedOpenedAt: openedAt }, [
      occurred(events.sessionReported, at, { userId, sessionId, others: report.others }),
    ]);
  });

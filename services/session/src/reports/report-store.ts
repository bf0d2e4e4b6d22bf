import { sessionReportItem } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type SessionReport = ItemValue<typeof sessionReportItem>;

const KEPT_SECONDS = 60 * 24 * 3600;

/** What owners have said of sessions that are not theirs, once of each. */
export interface ReportStore {
  load(of: { readonly userId: string; readonly sessionId: string }): Promise<SessionReport | undefined>;
  /** Puts a report unless one stands; gives what stands. */
  put(report: SessionReport, options: { readonly writtenBy: string }): Promise<SessionReport>;
}

export function reportStore(sessionTable: ItemStore): ReportStore {
  const items = typedItems(sessionTable, sessionReportItem);
  return {
    load: async ({ userId, sessionId }) => (await items.load(userId, sessionId))?.value,
    async put(report, { writtenBy }) {
      const { stored } = await items.putIfAbsent(report, [report.userId, report.sessionId], {
        writtenBy: `${writtenBy}/report`,
        ttlEpochSeconds: Math.floor(Date.parse(report.at) / 1000) + KEPT_SECONDS,
      });
      if (stored === undefined) throw new Error("the report that stood has vanished");
      return stored.value;
    },
  };
}

import { outcomeItem, type RecordedOutcome } from "@lanyard/contracts";
import { type ItemStore, typedItems } from "@lanyard/storage";

const KEPT_SECONDS = 25 * 3600;

/** How operations ended. */
export interface Outcomes {
  /** Records an outcome unless there is one already; gives back the one that stands. */
  record(outcome: RecordedOutcome): Promise<RecordedOutcome>;
  read(operationId: string): Promise<RecordedOutcome | undefined>;
}

export function outcomes(operations: ItemStore): Outcomes {
  const items = typedItems(operations, outcomeItem);
  return {
    async record(outcome) {
      const written = await items.putIfAbsent(outcome, [outcome.operationId], {
        writtenBy: `${outcome.operationId}/outcome`,
        ttlEpochSeconds: Math.floor(Date.parse(outcome.finishedAt) / 1000) + KEPT_SECONDS,
      });
      if (written.stored === undefined) throw new Error("the outcome that stood has vanished");
      return written.stored.value;
    },
    read: async (operationId) => (await items.load(operationId))?.value,
  };
}

import { commands, flows, operationId, type RecordedOutcome } from "@lanyard/contracts";
import type { Clock, Log, Outcomes } from "@lanyard/messaging";
import { z } from "zod";
import type { Joins, Pending } from "../operations/joins.ts";
import type { Merge, MergeReads } from "./merge-reads.ts";

export interface JoinedMergeDeps {
  readonly merges: Pick<MergeReads, "merge">;
  readonly outcomes: Pick<Outcomes, "read">;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often a merge is looked at that another operation carries out. */
const LOOK_EVERY_MS = 200;
const MOVING = flows.mergeVisitor.steps.findIndex(({ command }) => command.name === commands.merge.moveItems.name);

/**
 * Merges that found another under way for the same account, or done: they stand for that one, and what its item says is what
 * they are answered with, however long ago it was.
 */
export function joinedMerge({ merges, outcomes, clock, log }: JoinedMergeDeps): Joins {
  const look = async (recorded: RecordedOutcome, joined: string): Promise<RecordedOutcome | Merge | undefined> => {
    try {
      const merge = await merges.merge(joined);
      if (merge?.doneAt !== undefined) return { ...recorded, outcome: { state: "succeeded", result: resultOf(merge) } };
      const first = await outcomes.read(joined);
      return first?.outcome.state === "failed" ? { ...recorded, outcome: first.outcome } : merge;
    } catch (error) {
      // A table that does not answer says nothing about the merge.
      log.warn({ operationId: recorded.operationId, err: error }, "a merge could not be read");
      return undefined;
    }
  };
  return async (recorded, { until = 0, hungUp, onProgress } = {}) => {
    const joined = joinedBy(recorded);
    if (joined === undefined) return recorded;
    let told = "";
    for (;;) {
      const found = await look(recorded, joined);
      if (found !== undefined && "outcome" in found) return found;
      const standing = pendingOf(joined, found);
      const text = JSON.stringify(standing.progress);
      if (standing.progress !== undefined && text !== told) {
        const { name: step } = commands.merge.moveItems;
        onProgress?.({ step, position: MOVING, of: flows.mergeVisitor.steps.length, detail: standing.progress });
        told = text;
      }
      const leftMs = until - clock.now();
      if (leftMs <= 0 || hungUp?.aborted === true) return standing;
      await clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), hungUp);
    }
  };
}

/** How far an operation is, if it is a merge that has begun to move. Never rejects: who cannot tell says nothing. */
export const mergeProgress =
  ({ merges, log }: Pick<JoinedMergeDeps, "merges" | "log">) =>
  async (id: string): Promise<Pending["progress"]> => {
    try {
      return progressOf(await merges.merge(id));
    } catch (error) {
      log.warn({ operationId: id, err: error }, "a merge could not be read");
      return undefined;
    }
  };

const progressOf = (merge: Merge | undefined): Pending["progress"] =>
  merge === undefined ? undefined : { moved: merge.moved, skipped: merge.skipped };

const pendingOf = (joined: string, merge: Merge | undefined): Pending => {
  const progress = progressOf(merge);
  return { operationId: joined, status: "pending", ...(progress !== undefined && { progress }) };
};

const resultOf = ({ moved, skipped, held, byKind, mergedAt }: Merge) => ({ moved, skipped, held, byKind, mergedAt });

const joining = z.object({ joined: operationId });

/** The operation that a merge has joined; `undefined`: it is the first. */
function joinedBy({ flow, outcome }: RecordedOutcome): string | undefined {
  if (flow.name !== flows.mergeVisitor.name || outcome.state !== "succeeded") return undefined;
  const parsed = joining.safeParse(outcome.result);
  return parsed.success ? parsed.data.joined : undefined;
}

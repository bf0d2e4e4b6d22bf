import { commands, events, MERGE_STEP_SIZE, occurred } from "@lanyard/contracts";
import { again, done, type Handler, handle, superseded } from "@lanyard/messaging";
import { z } from "zod";
import type { ClosedVisitors } from "../items/closed-visitors.ts";
import type { DataItemStore } from "../items/data-item-store.ts";
import { advanced, decideMergeStep, type ItemsFound } from "./decide-merge-step.ts";
import type { Merge, MergeStore } from "./merge-store.ts";
import { type MoveItemDeps, moveItem } from "./move-item.ts";
import { itemMoved, type MovedItem } from "./moved-item.ts";
import { itemsOf, openMerge } from "./open-merge.ts";

export interface MoveItemsDeps extends MoveItemDeps {
  readonly items: DataItemStore;
  readonly merges: MergeStore;
  readonly closedVisitors: Pick<ClosedVisitors, "close">;
}

const MOVED_AT_ONCE = 8;
const NOTHING: ItemsFound = { items: [], next: undefined };

const cursor = z.object({ step: z.int().positive() });

/**
 * Moves what a visitor owns, a bounded number of items in each step. What a step moves, and under which numbers, is laid down
 * in the merge's item before it moves any; so a message that comes again moves the same, and tells what that item says of it.
 */
export const moveItems = (deps: MoveItemsDeps): Handler =>
  handle(commands.merge.moveItems, async (run) => {
    const { operationId, writtenBy } = run;
    const step = run.cursor === undefined ? 0 : cursor.parse(run.cursor).step;
    let merge = await mergeOf(deps, run);
    if (decideMergeStep(merge, step).kind === "move") {
      const moved = await movePlanned(deps, merge, writtenBy);
      const { after, visitorId } = merge;
      const found = after === undefined ? NOTHING : await itemsOf(deps.items, visitorId, after);
      const at = new Date(deps.brokerNow()).toISOString();
      merge = (
        await deps.merges.change(operationId, writtenBy, (current) => {
          const decision = decideMergeStep(current, step);
          if (decision.kind !== "move") return decision;
          return { ...decision, next: advanced(current, { moved, found, at }, { stepSize: MERGE_STEP_SIZE }) };
        })
      ).merge;
    }

    const { userId, visitorId, moved, skipped, held, byKind, lastSequence } = merge;
    const told = merge.told.map((each) => itemMoved(merge, each));
    const decision = decideMergeStep(merge, step);
    switch (decision.kind) {
      case "move":
        throw new Error("a step of a merge was not counted");
      case "next":
        return again({ step: decision.step }, told, { moved, skipped });
      case "superseded":
        return superseded();
      case "done": {
        const data = { mergeId: operationId, userId, visitorId, moved, skipped, held, lastSequence };
        return done({ moved, skipped, held, byKind }, [...told, occurred(events.accountMerged, decision.at, data)]);
      }
    }
  });

/** The merge as it stands. Before it stands nobody writes for the visitor any more. */
async function mergeOf(
  deps: MoveItemsDeps,
  {
    operationId,
    writtenBy,
    input,
  }: {
    readonly operationId: string;
    readonly writtenBy: string;
    readonly input: { readonly userId: string; readonly visitorId: string; readonly mergedAt: string };
  },
): Promise<Merge> {
  const known = await deps.merges.load(operationId);
  if (known !== undefined) return known;
  const { userId, visitorId, mergedAt } = input;
  const closed = await deps.closedVisitors.close(visitorId, { userId, operationId, mergedAt }, { writtenBy });
  if (closed?.operationId !== operationId) throw new Error("another operation merges this visitor");
  return openMerge(deps, visitorId, closed, writtenBy);
}

/** Those that move under the numbers of the plan, in its order: what a plan names twice, or somebody else has moved, counts elsewhere. */
async function movePlanned(deps: MoveItemsDeps, merge: Merge, writtenBy: string): Promise<readonly MovedItem[]> {
  const { plan, visitorId } = merge;
  const moved: MovedItem[] = [];
  for (let from = 0; from < plan.length; from += MOVED_AT_ONCE) {
    const part = await Promise.all(
      plan.slice(from, from + MOVED_AT_ONCE).map(async ({ kind, itemId, sequence }) => {
        const item = await moveItem(deps, { userId: visitorId, kind, itemId }, merge, { sequence, writtenBy });
        return item?.sequence === sequence ? [item] : [];
      }),
    );
    moved.push(...part.flat());
  }
  return moved;
}

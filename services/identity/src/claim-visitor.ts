import { commands, events, occurred } from "@lanyard/contracts";
import { done, ended, type Handler, handle, problem } from "@lanyard/messaging";
import type { UserStore } from "./user-store.ts";
import { decideClaim } from "./visitors/decide-claim.ts";

/**
 * Makes a visitor part of an account: one compare-and-set of the visitor's item, which nothing takes back. It is dated by the
 * receipt of the request, so that copies of one message that write at once write the same. What has been claimed comes to its
 * end however late; nothing is claimed when its time is over.
 */
export const claimVisitor = ({ users }: { readonly users: Pick<UserStore, "load" | "change"> }): Handler =>
  handle(commands.identity.claimVisitor, async ({ input, operationId, writtenBy, receivedAt, isOverdue }) => {
    const { userId, visitorId } = input;
    const account = await users.load(userId);
    const claim = { operationId, account, userId, mergedAt: receivedAt };
    const decision = await users.change(visitorId, writtenBy, (visitor) => {
      const decided = decideClaim(visitor, claim);
      return decided.kind === "claim" && isOverdue === true ? { kind: "overdue" as const } : decided;
    });
    switch (decision.kind) {
      case "claim":
      case "claimed-before": {
        const { mergedAt } = decision;
        const data = { mergeId: operationId, userId, visitorId, mergedAt };
        return done({ mergedAt }, [occurred(events.accountMergeStarted, mergedAt, data)]);
      }
      case "joined":
        return ended({ joined: decision.operationId });
      case "already-merged":
        return problem("already_merged");
      case "not-anonymous":
        return problem("not_anonymous");
      case "overdue":
        return problem("operation_expired");
    }
  });

import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { BulkRevocationStore } from "./bulk-revocation-store.ts";

export interface RevokeInBulkDeps {
  readonly bulkRevocations: Pick<BulkRevocationStore, "putInForce">;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/** Pulls the andon cord. Whoever asks again for the same revocation is told of the pull that stands. */
export const revokeInBulk = ({ bulkRevocations, brokerNow }: RevokeInBulkDeps): Handler =>
  handle(commands.session.revokeInBulk, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { by, action = "revokeInBulk", ...asked } = input;
    const standing = await bulkRevocations.putInForce(
      { ...asked, receivedAt, operationId },
      { writtenBy, now: brokerNow },
    );
    const { revocationId, scope, reason, pulledBy, pulledAt, effective } = standing;
    const { number, at } = effective;
    const pulled = { revocationId, number, scope, reason, pulledBy, ...(pulledAt !== undefined && { pulledAt }) };
    return done({ pullNumber: number, effectiveAt: at }, [
      occurred(events.andonPulled, at, pulled),
      ...(by === undefined
        ? []
        : [occurred(events.operatorActed, receivedAt, { by, action, targets: [revocationId] })]),
    ]);
  });

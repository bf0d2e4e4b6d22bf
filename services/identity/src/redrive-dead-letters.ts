import { commands, events, occurred } from "@lanyard/contracts";
import { again, done, type Handler, handle } from "@lanyard/messaging";
import { z } from "zod";
import type { DeadLetters } from "./dead-letters.ts";

/** Where a redrive goes on: how many have been moved by the runs before, of how many. */
const cursorSchema = z.object({ moved: z.int().nonnegative(), of: z.int().nonnegative() });

/**
 * Moves the dead letters of a queue back to it, a hundred at a time. What was dead before the operator asked is moved
 * once; what dies again meanwhile stays. A copy of the message does no harm: it finds less to move, or nothing.
 */
export const redriveDeadLetters = ({ deadLetters }: { readonly deadLetters: DeadLetters }): Handler =>
  handle(commands.identity.redriveDeadLetters, async ({ input, cursor, receivedAt }) => {
    const { queue, by } = input;
    const before = cursor === undefined ? { moved: 0, of: await deadLetters.count(queue) } : cursorSchema.parse(cursor);
    const { moved, isOver } = await deadLetters.redrive(queue, Date.parse(receivedAt));
    const total = before.moved + moved;
    const told =
      cursor === undefined
        ? [occurred(events.operatorActed, receivedAt, { by, action: "redriveDeadLetters", targets: [queue] })]
        : [];
    // However clocks differ, no more chunks than it takes to move what was there.
    return isOver || total >= before.of ? done({ moved: total }, told) : again({ moved: total, of: before.of }, told);
  });

import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";

/** Tells what an operator has read, at the time it was asked for. Nothing is written, so a repeat says the same. */
export const recordOperatorAction = (): Handler =>
  handle(commands.identity.recordOperatorAction, async ({ input, receivedAt }) =>
    done({}, [occurred(events.operatorActed, receivedAt, input)]),
  );

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { decideUndoEnd } from "./accounts/decide-email-undo.ts";
import type { EmailUndoStore } from "./email-undo-store.ts";
import type { UserStore } from "./user-store.ts";

export interface EndEmailUndoDeps {
  readonly users: Pick<UserStore, "change">;
  readonly emailUndos: EmailUndoStore;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/**
 * Ends an undo, when every session of before has ended: what a stranger's sessions had asked for until now, and was not carried
 * out, never will be.
 */
export const endEmailUndo = ({ users, emailUndos, brokerNow }: EndEmailUndoDeps): Handler =>
  handle(commands.identity.endEmailUndo, async ({ input, operationId, writtenBy }) => {
    const { userId, changeId } = input;
    const now = (): string => new Date(brokerNow()).toISOString();
    const change = await emailUndos.change(userId, changeId);
    const undo = (await emailUndos.of(userId)).find((each) => each.changeId === changeId);
    if (change === undefined || undo?.operationId !== operationId) return problem("email_change_superseded");
    const decision = await users.change(userId, `${writtenBy}/end`, (user) => decideUndoEnd(user, operationId, now()));
    if (decision.kind !== "ended") {
      await emailUndos.end(undo, { at: now(), how: "superseded" }, { writtenBy });
      return problem("email_change_superseded");
    }
    const { at, version, locale } = decision;
    await emailUndos.end(undo, { at, how: "restored", version }, { writtenBy });
    return done({ restoredAt: at, email: change.from, ...(locale !== undefined && { locale }) });
  });

import { commands, EMAIL_UNDO_SECONDS, events, isUndone, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";
import { decideEmailUndo } from "./accounts/decide-email-undo.ts";
import { overtakenUntil } from "./accounts/is-overtaken.ts";
import type { EmailUndoStore } from "./email-undo-store.ts";
import type { PasswordStore } from "./passwords/password-store.ts";

export interface BeginEmailUndoDeps {
  readonly accounts: Pick<AccountStore, "changeEmail">;
  readonly emailUndos: EmailUndoStore;
  readonly passwords: Pick<PasswordStore, "suspend">;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/**
 * Gives an account the address back that a change took away. Whoever shows the link reads that address's mail, which is all that
 * signing in by mail asks for. From here on nobody signs in by the other's mail, and until the end of the undo nothing else
 * changes address or password. Then the password, which the other may have set, opens nothing; sessions end in the next step.
 */
export const beginEmailUndo = ({ accounts, emailUndos, passwords, brokerNow }: BeginEmailUndoDeps): Handler =>
  handle(commands.identity.beginEmailUndo, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { userId, changeId } = input;
    const now = (): string => new Date(brokerNow()).toISOString();
    const change = await emailUndos.change(userId, changeId);
    if (change === undefined) return problem("magic_link_expired");
    const undos = await emailUndos.of(userId);
    const own = undos.find((undo) => undo.changeId === changeId);
    const given = { operationId, receivedAt, isUndone: isUndone(change, undos), undoSeconds: EMAIL_UNDO_SECONDS };
    const decision = decideEmailUndo(change, own, given);
    if (decision.kind === "refused") return problem(decision.code);
    const undo = decision.kind === "begun" ? decision.undo : await emailUndos.begin(decision.next, { writtenBy });
    if (undo.operationId !== operationId) return problem("token_already_used");

    const wanted = { userId, email: change.from, operationId, receivedAt, undoes: changeId };
    const restored = await accounts.changeEmail(wanted, { writtenBy, now });
    switch (restored.kind) {
      case "taken":
      case "superseded":
        await emailUndos.end(undo, { at: now(), how: restored.kind }, { writtenBy });
        return problem(restored.kind === "taken" ? "email_already_exists" : "token_already_used");
      case "changed":
      case "carried": {
        const { at } = restored;
        // Whatever it is: a later one is its owner's, set after all this has ended.
        await passwords.suspend(userId, { operationId, receivedAt: overtakenUntil(at), now: at, writtenBy });
        const changed = occurred(events.userEmailChanged, at, { userId, undoes: changeId });
        return done({ undoneAt: at }, restored.kind === "changed" ? [changed] : []);
      }
    }
  });

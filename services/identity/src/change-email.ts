import { commands, events, normalEmail, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";

/**
 * Gives an account the address that was just proven. That another account carries it is told to whoever has proven to read
 * its mail, and to nobody else.
 */
export const changeEmail = ({
  accounts,
  now,
}: {
  readonly accounts: Pick<AccountStore, "changeEmail">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.changeEmail, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { userId } = input;
    const email = normalEmail(input.email);
    if (email === undefined) throw new Error("what was proven is no address");
    const ended = await accounts.changeEmail({ userId, email, operationId, receivedAt }, { writtenBy, now });
    switch (ended.kind) {
      case "changed":
        return done({ changedAt: ended.at }, [occurred(events.userEmailChanged, ended.at, { userId })]);
      case "carried":
        return done({ changedAt: ended.at });
      case "superseded":
        return problem("email_change_superseded");
      case "taken":
        return problem("email_already_exists");
    }
  });

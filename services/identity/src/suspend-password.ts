import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { PasswordStore } from "./passwords/password-store.ts";
import type { UserStore } from "./user-store.ts";

/** Makes the password with which somebody else has signed in open nothing; tells where its owner can be written to, if that is sure. */
export const suspendPassword = ({
  users,
  passwords,
  now,
}: {
  readonly users: Pick<UserStore, "load">;
  readonly passwords: Pick<PasswordStore, "suspend">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.suspendPassword, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { userId, reportedMethod, reportedOpenedAt } = input;
    // One that opened the session is known to whoever was in it, and so is one that was set while it stood, maybe in it.
    const since = reportedMethod === "password" ? undefined : reportedOpenedAt;
    await passwords.suspend(userId, { operationId, receivedAt, since, now: now(), writtenBy });
    const { email, locale, emailChanges = [] } = (await users.load(userId)) ?? {};
    // What was put on the account while the session stood may be the mailbox of whoever was in it.
    const isAddressNew = emailChanges.some(({ receivedAt }) => receivedAt >= reportedOpenedAt);
    return done({
      ...(isAddressNew ? { isAddressNew } : email !== undefined && { email }),
      ...(locale !== undefined && { locale }),
    });
  });

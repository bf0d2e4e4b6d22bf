import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { MIN_PASSWORD_LENGTH } from "@lanyard/passwords";
import { isOvertaken } from "./accounts/is-overtaken.ts";
import type { PasswordStore } from "./passwords/password-store.ts";
import type { UserStore } from "./user-store.ts";

/**
 * Gives an account a password: one compare-and-set of its item. Whether the undoing of a change of address has overtaken it is
 * asked before, and once more afterwards: that suspends the password it finds, or is found here.
 */
export const setPassword = ({
  users,
  passwords,
  now,
}: {
  readonly users: Pick<UserStore, "load">;
  readonly passwords: Pick<PasswordStore, "set" | "suspend">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.setPassword, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { passwordHash: hash, ...rest } = input;
    const { userId, how } = input;
    const isTooLate = async () => isOvertaken(await users.load(userId), { receivedAt, now: now() });
    if (await isTooLate()) return problem("password_superseded");
    const decision = await passwords.set({ ...rest, hash, operationId, receivedAt }, { now: now(), writtenBy });
    switch (decision.kind) {
      case "replaced":
        return problem("credentials_invalid");
      case "superseded":
        return problem("password_superseded");
      case "too-short":
        return problem("password_too_weak", { reason: "too_short", minLength: MIN_PASSWORD_LENGTH });
      case "set":
      case "set-before":
        if (await isTooLate()) {
          await passwords.suspend(userId, { operationId, receivedAt, now: now(), writtenBy: `${writtenBy}/undone` });
          return problem("password_superseded");
        }
        return done({ passwordSetAt: decision.at }, [occurred(events.userPasswordSet, decision.at, { userId, how })]);
    }
  });

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { type ComparePasswordDeps, comparePassword } from "./passwords/compare-password.ts";
import { knownDeviceOf } from "./passwords/known-device-of.ts";
import type { PasswordStore } from "./passwords/password-store.ts";
import type { UserStore } from "./user-store.ts";

export interface CheckPasswordDeps extends ComparePasswordDeps {
  readonly users: Pick<UserStore, "load">;
  readonly passwords: Pick<PasswordStore, "standing" | "renewHash">;
}

/**
 * Whether a signed-in account knows its password. Who gives none has to have none that opens anything; who gives one is
 * counted and compared, also where there is none, so that no password passes for a sign-in of a short while ago.
 */
export const checkPassword = (deps: CheckPasswordDeps): Handler =>
  handle(commands.identity.checkPassword, async ({ input, client, operationId, writtenBy, receivedAt }) => {
    const { userId, currentPassword: given } = input;
    const [user, { password, opens }] = await Promise.all([deps.users.load(userId), deps.passwords.standing(userId)]);
    // The operation has come further before: the password that it set is not the one to ask for.
    if (password?.changes.some((change) => change.operationId === operationId)) return done({});
    if (given === undefined) {
      if (opens) return problem("credentials_invalid");
      return done(password === undefined ? {} : { passwordVersion: password.setBy });
    }
    if (user?.email === undefined) return problem("credentials_invalid");
    const tried = { email: user.email, deviceId: knownDeviceOf(client, userId) };
    const attempt = { given, tried, password, opens, userId, operationId, writtenBy, receivedAt };
    const compared = await comparePassword(deps, attempt);
    return compared.kind === "refused" ? compared.result : done({ passwordVersion: compared.passwordVersion });
  });

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { PasswordStore } from "./passwords/password-store.ts";

/**
 * Whether the password that opened a session is still the account's. Asked when the session stands: whoever replaces the
 * password afterwards finds the session and ends it; whoever has replaced it before is seen here, and no tokens are issued.
 */
export const confirmPassword = ({ passwords }: { readonly passwords: Pick<PasswordStore, "standing"> }): Handler =>
  handle(commands.identity.confirmPassword, async ({ input: { userId, passwordVersion } }) => {
    if (passwordVersion === undefined) return done({});
    const { password, opens } = await passwords.standing(userId);
    return opens && password?.setBy === passwordVersion ? done({}) : problem("credentials_invalid");
  });

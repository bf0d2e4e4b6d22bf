import { commands, normalEmail } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { type ComparePasswordDeps, comparePassword } from "./passwords/compare-password.ts";
import { knownDeviceOf } from "./passwords/known-device-of.ts";
import type { PasswordStore } from "./passwords/password-store.ts";

export interface VerifyPasswordDeps extends ComparePasswordDeps {
  readonly passwords: Pick<PasswordStore, "ofAddress" | "renewHash">;
  readonly derivation: Derivation;
}

/** Tells whose address and password these are: reads, counts and hashes alike, whether or not the address has an account. */
export const verifyPassword = (deps: VerifyPasswordDeps): Handler =>
  handle(commands.identity.verifyPassword, async ({ input, client, operationId, writtenBy, receivedAt }) => {
    const email = normalEmail(input.email);
    if (email === undefined) throw new Error("what was given is no address");
    const nobodyId = deps.derivation.uuid(deps.derivation.currentKid, "identifier", "nobody", email);
    const { user, password, opens } = await deps.passwords.ofAddress(email, nobodyId);
    const compared = await comparePassword(deps, {
      given: input.password,
      tried: { email, deviceId: knownDeviceOf(client, user?.userId) },
      password,
      opens,
      userId: user?.userId,
      operationId,
      writtenBy,
      receivedAt,
    });
    if (compared.kind === "refused") return compared.result;
    // It was right before, and the address is nobody's by now.
    if (user === undefined) return problem("credentials_invalid");
    const { passwordVersion, failuresBefore } = compared;
    return done({
      userId: user.userId,
      userKind: "account",
      roles: user.roles ?? [],
      passwordVersion,
      failuresBefore,
    });
  });

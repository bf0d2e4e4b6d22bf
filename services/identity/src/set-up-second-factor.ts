import { ACCOUNT_CHANGES_KEPT, commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { decideSetUp } from "./second-factor/decide-second-factor.ts";
import type { SecondFactorStore } from "./second-factor/second-factor-store.ts";
import { otpauthUrlOf, secretText } from "./second-factor/totp.ts";
import type { UserStore } from "./user-store.ts";

/** As RFC 4226 recommends. */
const SECRET_BYTES = 20;

/** Makes the secret of an authenticator app, which follows from the operation: a repeat shows the same. */
export const setUpSecondFactor = ({
  secondFactors,
  users,
  derivation,
  totpIssuer,
}: {
  readonly secondFactors: Pick<SecondFactorStore, "change" | "seal">;
  readonly users: Pick<UserStore, "load">;
  readonly derivation: Derivation;
  /** Whose code it is, as authenticator apps show it. */
  readonly totpIssuer: string;
}): Handler =>
  handle(commands.identity.setUpSecondFactor, async ({ input, operationId, derivationKid, receivedAt, writtenBy }) => {
    const { userId } = input;
    const user = await users.load(userId);
    if (user?.userKind !== "account") return problem("account_required");
    const bytes = derivation.bytes(derivationKid, "totp-secret", operationId).subarray(0, SECRET_BYTES);
    const secret = secretText(bytes);
    const made = { userId, sealedSecret: await secondFactors.seal(userId, secret), kept: ACCOUNT_CHANGES_KEPT };
    const { decision } = await secondFactors.change(userId, writtenBy, (current) =>
      decideSetUp(current, { operationId, receivedAt }, made),
    );
    switch (decision.kind) {
      case "is-on":
        return problem("totp_already_enabled");
      case "set-up":
      case "shown":
        return done({
          secret,
          otpauthUrl: otpauthUrlOf(secret, { issuer: totpIssuer, account: user.email ?? userId }),
        });
    }
  });

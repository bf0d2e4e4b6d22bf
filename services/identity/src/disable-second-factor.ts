import { ACCOUNT_CHANGES_KEPT, commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { MIN_PASSWORD_LENGTH } from "@lanyard/passwords";
import type { PasswordStore } from "./passwords/password-store.ts";
import { decideDisable } from "./second-factor/decide-second-factor.ts";
import type { SecondFactorStore } from "./second-factor/second-factor-store.ts";

/** Turns the second factor off: one compare-and-set. What cannot stand alone may not be left alone. */
export const disableSecondFactor = ({
  secondFactors,
  passwords,
}: {
  readonly secondFactors: Pick<SecondFactorStore, "change" | "load">;
  readonly passwords: Pick<PasswordStore, "load">;
}): Handler =>
  handle(commands.identity.disableSecondFactor, async ({ input, operationId, receivedAt, writtenBy }) => {
    const { userId } = input;
    const [standing, password] = await Promise.all([secondFactors.load(userId), passwords.load(userId)]);
    const isOwn = standing?.changes.some((change) => change.operationId === operationId) === true;
    if (!isOwn && standing?.totp !== undefined && password?.isShort === true) {
      return problem("password_too_weak", { reason: "short_without_second_factor", minLength: MIN_PASSWORD_LENGTH });
    }
    const { decision } = await secondFactors.change(userId, writtenBy, (current) =>
      decideDisable(current, { operationId, receivedAt }, { kept: ACCOUNT_CHANGES_KEPT }),
    );
    switch (decision.kind) {
      case "is-off":
        return problem("totp_not_set_up");
      case "disable":
      case "disabled-before":
        return done({ disabledAt: receivedAt }, [occurred(events.userSecondFactorDisabled, receivedAt, { userId })]);
    }
  });

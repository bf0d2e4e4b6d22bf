import { ACCOUNT_CHANGES_KEPT, commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { PasswordStore } from "./passwords/password-store.ts";
import { decideLift } from "./second-factor/decide-second-factor.ts";
import type { SecondFactorStore } from "./second-factor/second-factor-store.ts";
import type { UserStore } from "./user-store.ts";

/**
 * Takes the second factor away whose user has lost it, or has never turned it on: one compare-and-set. A password that cannot
 * stand alone opens nothing as soon as that is written; it is suspended afterwards, so that no other factor makes it count again.
 */
export const liftSecondFactor = ({
  users,
  secondFactors,
  passwords,
  now,
}: {
  readonly users: Pick<UserStore, "load">;
  readonly secondFactors: Pick<SecondFactorStore, "change">;
  readonly passwords: Pick<PasswordStore, "suspend">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.liftSecondFactor, async ({ input, operationId, receivedAt, writtenBy }) => {
    const { userId, by, reason } = input;
    const user = await users.load(userId);
    if (user?.userKind !== "account") return problem("user_not_found");
    const { decision } = await secondFactors.change(userId, writtenBy, (current) =>
      decideLift(current, { operationId, receivedAt }, { kept: ACCOUNT_CHANGES_KEPT }),
    );
    switch (decision.kind) {
      case "is-off":
        return problem("totp_not_set_up");
      case "lift":
      case "lifted-before":
        await passwords.suspend(userId, { operationId, receivedAt, onlyShort: true, now: now(), writtenBy });
        return done({ liftedAt: receivedAt }, [
          occurred(events.userSecondFactorDisabled, receivedAt, { userId, by }),
          occurred(events.operatorActed, receivedAt, { by, action: "liftSecondFactor", targets: [userId], reason }),
        ]);
    }
  });

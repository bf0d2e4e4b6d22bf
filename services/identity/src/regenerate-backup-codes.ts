import { ACCOUNT_CHANGES_KEPT, commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { decideRegenerate } from "./second-factor/decide-second-factor.ts";
import { newBackupCodes } from "./second-factor/new-backup-codes.ts";
import type { SecondFactorStore } from "./second-factor/second-factor-store.ts";

/** Puts ten new backup codes in the place of all there were: one compare-and-set. A repeat shows the same ten. */
export const regenerateBackupCodes = ({
  secondFactors,
  derivation,
}: {
  readonly secondFactors: Pick<SecondFactorStore, "change">;
  readonly derivation: Derivation;
}): Handler =>
  handle(
    commands.identity.regenerateBackupCodes,
    async ({ input, operationId, derivationKid, receivedAt, writtenBy }) => {
      const { userId } = input;
      const codes = newBackupCodes(derivation, { derivationKid, operationId, userId });
      const { decision } = await secondFactors.change(userId, writtenBy, (current) =>
        decideRegenerate(current, { operationId, receivedAt }, { codes: codes.kept, kept: ACCOUNT_CHANGES_KEPT }),
      );
      switch (decision.kind) {
        case "is-off":
          return problem("totp_not_set_up");
        case "replace":
        case "made":
          return done({ backupCodes: codes.shown }, [occurred(events.userBackupCodesMade, receivedAt, { userId })]);
      }
    },
  );

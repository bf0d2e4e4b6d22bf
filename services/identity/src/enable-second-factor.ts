import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { decideEnable } from "./second-factor/decide-second-factor.ts";
import { failureOf, type GiveCodeDeps, totpDigits, tryLimits } from "./second-factor/give-code.ts";
import { newBackupCodes } from "./second-factor/new-backup-codes.ts";
import { refused } from "./second-factor/refused.ts";
import { stepOf } from "./second-factor/totp.ts";

/** Turns the second factor on by a code of the secret that waits: one compare-and-set. Its codes follow from the operation. */
export const enableSecondFactor = ({ secondFactors, derivation }: GiveCodeDeps): Handler =>
  handle(commands.identity.enableSecondFactor, async ({ input, operationId, derivationKid, receivedAt, writtenBy }) => {
    const { userId, code } = input;
    const given = { userId, operationId, receivedAt };
    const codes = newBackupCodes(derivation, { derivationKid, operationId, userId });
    const { decision, standing } = await secondFactors.changeOpened(userId, writtenBy, (current) => {
      const [secret, digits] = [current?.pendingSecret, totpDigits(code)];
      const step =
        secret === undefined || digits === undefined ? undefined : stepOf(secret, digits, Date.parse(receivedAt));
      return decideEnable(current?.item, given, step, { codes: codes.kept, limits: tryLimits });
    });
    switch (decision.kind) {
      case "enable":
      case "enabled-before":
        return done({ backupCodes: codes.shown }, [occurred(events.userSecondFactorEnabled, receivedAt, { userId })]);
      case "count":
      case "counted":
        return problem("totp_invalid", {}, failureOf(standing, given));
      case "refused":
        return refused(decision);
      case "is-on":
        return problem("totp_already_enabled");
      case "not-set-up":
        return problem("totp_not_set_up");
    }
  });

import type { Handler, StepResult } from "@lanyard/messaging";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import type { ItemStore } from "@lanyard/storage";
import { TOTP } from "otpauth";
import { answerSecondFactor } from "../answer-second-factor.ts";
import { beginSecondFactor } from "../begin-second-factor.ts";
import { checkSecondFactor } from "../check-second-factor.ts";
import { disableSecondFactor } from "../disable-second-factor.ts";
import { enableSecondFactor } from "../enable-second-factor.ts";
import { liftSecondFactor } from "../lift-second-factor.ts";
import { passwordStore } from "../passwords/password-store.ts";
import { regenerateBackupCodes } from "../regenerate-backup-codes.ts";
import { secondFactorChallenges } from "../second-factor/second-factor-challenges.ts";
import { secondFactorStore } from "../second-factor/second-factor-store.ts";
import { setUpSecondFactor } from "../set-up-second-factor.ts";
import { userStore } from "../user-store.ts";
import { noon } from "./password-commands.ts";
import { operation } from "./sign-ins.ts";

const keyring = parseKeyring(`k1:${Buffer.alloc(32, 3).toString("base64url")}`);

/** What an authenticator app shows so many seconds after noon. */
export const codeAt = (secret: string, seconds: number): string =>
  new TOTP({ secret }).generate({ timestamp: Date.parse(noon(seconds)) });

export type Ran = StepResult<Record<string, unknown>>;

/** What came of a command, in a word. */
export const wordOf = (result: Ran): string => (result.kind === "problem" ? result.code : result.kind);

/** How often each came. */
export function tallyOf(results: readonly Ran[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of results.map(wordOf)) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** What a command that is done gives. @throws Error for one that is not */
export function outputOf(result: Ran): Record<string, unknown> {
  if (result.kind !== "done") throw new Error(`not done: ${wordOf(result)}`);
  return result.output;
}

/** The commands about the second factor over a table: each as the operation of a number, received so many seconds after noon. */
export function secondFactorCommands(table: ItemStore) {
  const deps = {
    users: userStore(table),
    passwords: passwordStore(table),
    secondFactors: secondFactorStore(table, sealing(keyring)),
    secondFactorChallenges: secondFactorChallenges(table),
    derivation: derivation(keyring),
    totpIssuer: "Lanyard",
    now: () => noon(10_000),
  };
  const run =
    (handler: Handler) =>
    (number: number, seconds: number, input: Record<string, unknown>): Promise<Ran> =>
      handler.run({
        operationId: operation(number),
        writtenBy: `${operation(number)}/${handler.command.name}`,
        input,
        caller: { kind: "none" },
        client: { ip: "192.0.2.7" },
        derivationKid: "k1",
        receivedAt: noon(seconds),
        cursor: undefined,
        deriveUuid: (label) => deps.derivation.uuid("k1", "identifier", operation(number), label),
      });
  return {
    ...deps,
    setUp: run(setUpSecondFactor(deps)),
    enable: run(enableSecondFactor(deps)),
    disable: run(disableSecondFactor(deps)),
    lift: run(liftSecondFactor(deps)),
    regenerate: run(regenerateBackupCodes(deps)),
    begin: run(beginSecondFactor(deps)),
    answer: run(answerSecondFactor(deps)),
    check: run(checkSecondFactor(deps)),
  };
}

export type SecondFactorCommands = ReturnType<typeof secondFactorCommands>;

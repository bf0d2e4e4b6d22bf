import { flows } from "@lanyard/contracts";
import { accountSeen } from "./account-seen.ts";
import type { CrashScenario } from "./crash-scenarios.ts";
import {
  all,
  backupCode,
  sessionId,
  totpSecret,
  userId,
  waitingId,
  withAccount,
  withPassword,
  withPendingSecret,
  withSecondFactor,
  withShortPassword,
  withWaitingSignIn,
} from "./standing-account.ts";
import { totpCode, totpStepAt, wrongTotpCode } from "./virtual-authenticator.ts";

/** When the clock of a run begins. */
const step = totpStepAt(Date.UTC(2026, 0, 1));
const code = totpCode(totpSecret, step);
const wrong = wrongTotpCode(totpSecret, step);
const nobody = { kind: "none" } as const;
const ada = { kind: "user", userId } as const;
const account = [
  "1 devices, 0 forgotten",
  "a session, live",
  "a session, live",
  "ada@example.com is claimed",
  "an account with ada@example.com",
];
/** From a device that it has not shown to be. */
const signedIn = ["2 devices, 0 forgotten", ...account.slice(1)];
const factor = (said: string): string => `a second factor that is ${said}`;
const isOn = factor("on, 1 codes, 0 spent, 0 accepted, 0 failed");
const waiting = [...account, "a password set by another", isOn, "a sign-in waits, 0 tries, not used"];
const sorted = (...parts: readonly (readonly string[] | string)[]): readonly string[] => parts.flat().sort();
const prepareWaiting = all(withAccount, withPassword, withSecondFactor, withWaitingSignIn);

/** Second factors: turned on and off, shown at a sign-in, and wrong. */
export const secondFactorCrashScenarios: readonly CrashScenario[] = [
  {
    name: "a second factor that is set up",
    flow: flows.setUpSecondFactor,
    input: { userId },
    caller: ada,
    prepare: withAccount,
    seen: accountSeen,
    ended: () => sorted(account, factor("off, one shown, 0 codes, 0 spent, 0 accepted, 0 failed")),
    notBegun: sorted(account),
    events: [],
    calls: ["identity: items.putIfAbsent(identity)", "identity: items.putIfAbsent(operations)"],
  },
  {
    name: "a second factor that is turned on",
    flow: flows.enableSecondFactor,
    input: { userId, code },
    caller: ada,
    prepare: all(withAccount, withPendingSecret),
    seen: accountSeen,
    ended: () => sorted(account, factor("on, 10 codes, 0 spent, 0 accepted, 0 failed")),
    notBegun: sorted(account, factor("off, one shown, 0 codes, 0 spent, 0 accepted, 0 failed")),
    events: ["user.secondFactorEnabled"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a second factor that is turned off",
    flow: flows.disableSecondFactor,
    input: { userId },
    caller: ada,
    prepare: all(withAccount, withSecondFactor),
    seen: accountSeen,
    ended: () => sorted(account, factor("off, 0 codes, 0 spent, 0 accepted, 0 failed")),
    notBegun: sorted(account, isOn),
    events: ["user.secondFactorDisabled"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a second factor that an operator lifts",
    flow: flows.liftSecondFactor,
    input: { userId, by: "key:deploy", reason: "Lost phone" },
    caller: nobody,
    prepare: all(withAccount, withShortPassword, withSecondFactor),
    seen: accountSeen,
    ended: () =>
      sorted(
        [...account, "a password set by another, suspended"],
        factor("off, 0 codes, 0 spent, 0 accepted, 0 failed"),
      ),
    notBegun: sorted([...account, "a password set by another"], isOn),
    events: ["operator.acted", "user.secondFactorDisabled"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "new backup codes",
    flow: flows.regenerateBackupCodes,
    input: { userId },
    caller: ada,
    prepare: all(withAccount, withSecondFactor),
    seen: accountSeen,
    ended: () => sorted(account, factor("on, 10 codes, 0 spent, 0 accepted, 0 failed")),
    notBegun: sorted(account, isOn),
    events: ["user.backupCodesMade"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a second factor that is shown",
    flow: flows.verifySecondFactor,
    input: { challengeId: waitingId, code },
    caller: nobody,
    prepare: prepareWaiting,
    seen: accountSeen,
    ended: () =>
      sorted(
        [...signedIn, "a password set by another", "a session, live, with a second factor", "1 on the roster"],
        [factor("on, 1 codes, 0 spent, 1 accepted, 0 failed"), "a sign-in waits, 1 tries, used"],
      ),
    notBegun: sorted(waiting),
    events: ["session.opened"],
    calls: [
      "identity: items.replace(identity)",
      "session: items.putIfAbsent(session)",
      "identity: transport.send(token)",
    ],
  },
  {
    name: "a backup code that is shown",
    flow: flows.verifySecondFactor,
    input: { challengeId: waitingId, code: backupCode },
    caller: nobody,
    prepare: prepareWaiting,
    seen: accountSeen,
    ended: () =>
      sorted(
        [...signedIn, "a password set by another", "a session, live, with a second factor", "1 on the roster"],
        [factor("on, 1 codes, 1 spent, 1 accepted, 0 failed"), "a sign-in waits, 1 tries, used"],
      ),
    notBegun: sorted(waiting),
    events: ["session.opened", "user.backupCodeUsed"],
    calls: [
      "identity: items.replace(identity)",
      "session: items.putIfAbsent(session)",
      "identity: transport.send(token)",
    ],
  },
  {
    name: "a wrong code of a second factor",
    flow: flows.verifySecondFactor,
    input: { challengeId: waitingId, code: wrong },
    caller: nobody,
    prepare: prepareWaiting,
    seen: accountSeen,
    ended: () =>
      sorted(
        [...account, "a password set by another"],
        [factor("on, 1 codes, 0 spent, 0 accepted, 1 failed"), "a sign-in waits, 1 tries, not used"],
      ),
    notBegun: sorted(waiting),
    events: ["user.secondFactorFailed"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a second factor that is proven anew",
    flow: flows.stepUp,
    input: { userId, sessionId, code },
    caller: ada,
    prepare: all(withAccount, withSecondFactor),
    seen: accountSeen,
    ended: () =>
      sorted(
        ["1 devices, 0 forgotten", "a session, live", "a session, live, with a second factor"],
        ["ada@example.com is claimed", "an account with ada@example.com"],
        factor("on, 1 codes, 0 spent, 1 accepted, 0 failed"),
      ),
    notBegun: sorted(account, isOn),
    events: ["session.steppedUp"],
    calls: ["identity: items.replace(identity)", "session: items.replace(session)", "identity: transport.send(token)"],
  },
];

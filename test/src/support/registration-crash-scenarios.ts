import { challengeItem, flows } from "@lanyard/contracts";
import { challengeIdOf, linkHashOf, linkSecretOf, makeChallengeToken } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { registrations } from "@lanyard/token-service";
import { accountSeen } from "./account-seen.ts";
import type { CrashScenario } from "./crash-scenarios.ts";
import { derived, earlier, type Scenario } from "./crashing-system.ts";
import { email, hash, sealed } from "./standing-account.ts";

const MINUTE = 60_000;
const use = "sign_in";
const challengeId = challengeIdOf(derived, "k1", earlier);
const link = { use, challengeId, secret: linkSecretOf(derived, "k1", use, earlier) } as const;
const writtenBy = earlier;

/** A registration was mailed a minute ago, and another one of the address at the same time. */
const withTwo =
  (otherHash: string): NonNullable<Scenario["prepare"]> =>
  async (tableOf, now) => {
    const at = (ms: number): string => new Date(now + ms).toISOString();
    const token = tableOf("token");
    const challenge = {
      ...{ challengeId, challengeKind: "registration" as const, kid: "k1", attempts: [], email },
      ...{ createdAt: at(-MINUTE), linkHash: linkHashOf(derived, "k1", link), linkExpiresAt: at(59 * MINUTE) },
      ...{ sealedPasswordHash: await sealed.seal(hash, `challenge/${challengeId}/password`), isShort: false },
    };
    await typedItems(token, challengeItem).putIfAbsent(challenge, [challengeId], { writtenBy });
    const listed = registrations(token, derived);
    const open = { email, from: at(-MINUTE), until: at(59 * MINUTE) };
    await listed.list({ ...open, challengeId, passwordHash: hash }, { writtenBy });
    const other = challengeIdOf(derived, "k1", `op_${"1".repeat(32)}${"A".repeat(22)}`);
    await listed.list({ ...open, challengeId: other, passwordHash: otherHash }, { writtenBy });
  };

const proven = {
  flow: flows.verifyMagicLink,
  input: { token: makeChallengeToken(link) },
  caller: { kind: "none" },
  seen: accountSeen,
  calls: ["token: items.load(token)", "token: items.replace(token)", "identity: items.putIfAbsent(identity)"],
} as const;
const events = ["challenge.consumed", "session.opened", "user.created"];
/** What the first sign-in of an address leaves. */
const signedIn = [
  ...["1 devices, 0 forgotten", "1 on the roster", "a session, live", "a challenge for registration, used"],
  ...["an account with ada@example.com", "ada@example.com is claimed", "an account found by it"],
];

/** Registrations that are answered: what they bring is decided once, wherever a process stops. */
export const registrationCrashScenarios: readonly CrashScenario[] = [
  {
    ...proven,
    name: "a registration that was asked for twice, with one password",
    prepare: withTwo(hash),
    ended: () => [...signedIn, "2 registrations, 1 passwords", "a password set by it"].sort(),
    notBegun: ["2 registrations, 1 passwords", "a challenge for registration, open"],
    events: [...events, "user.passwordSet"],
  },
  {
    ...proven,
    name: "a registration that another with another password has crossed",
    prepare: withTwo(`${hash} of another`),
    ended: () => [...signedIn, "2 registrations, 2 passwords"].sort(),
    notBegun: ["2 registrations, 2 passwords", "a challenge for registration, open"],
    events,
  },
];

import { challengeItem, emailChangeItem, emailClaimItem, flows, userItem } from "@lanyard/contracts";
import { challengeIdOf, type LinkUse, linkHashOf, linkSecretOf, makeChallengeToken } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { accountSeen } from "./account-seen.ts";
import type { CrashScenario } from "./crash-scenarios.ts";
import { derived, earlier, type Scenario } from "./crashing-system.ts";
import {
  all,
  email,
  otherSessionId,
  password,
  sessionId,
  userId,
  withAccount,
  withPassword,
  withSecondFactor,
} from "./standing-account.ts";

const MINUTE = 60_000;
const challengeId = challengeIdOf(derived, "k1", earlier);
const linkOf = (use: LinkUse) => ({ use, challengeId, secret: linkSecretOf(derived, "k1", use, earlier) });
const wanted = "wanted@example.com";

/** A link was mailed a minute ago. */
const withLink =
  (use: Exclude<LinkUse, "sign_in">): NonNullable<Scenario["prepare"]> =>
  async (tableOf, now) => {
    const at = (ms: number): string => new Date(now + ms).toISOString();
    const challenge = {
      ...{ challengeId, challengeKind: use, kid: "k1", attempts: [], createdAt: at(-MINUTE) },
      ...(use === "email_change" ? { email: wanted, userId } : { email }),
      ...{ linkHash: linkHashOf(derived, "k1", linkOf(use)), linkExpiresAt: at(59 * MINUTE) },
    };
    await typedItems(tableOf("token"), challengeItem).putIfAbsent(challenge, [challengeId], { writtenBy: earlier });
  };

/** Somebody has changed the account's address a minute ago. */
const withChangedEmail: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  const identity = tableOf("identity");
  const users = typedItems(identity, userItem);
  const standing = await users.load(userId);
  if (standing === undefined) throw new Error("there is no such account");
  const at = new Date(now - MINUTE).toISOString();
  const change = { operationId: earlier, at, from: email, to: wanted };
  const claim = {
    email: wanted,
    userId,
    claimedAt: at,
    operationId: earlier,
    change: { fromVersion: 0, receivedAt: at },
  };
  await typedItems(identity, emailClaimItem).putIfAbsent(claim, [wanted], { writtenBy: earlier });
  const noted = { userId, fromVersion: 0, ...change };
  await typedItems(identity, emailChangeItem).putIfAbsent(noted, [userId, earlier], { writtenBy: earlier });
  const user = { ...standing.value, email: wanted, emailVersion: 1, emailChanges: [{ ...change, receivedAt: at }] };
  await users.replace(standing, user, { writtenBy: `${earlier}/changed` });
};

const nobody = { kind: "none" } as const;
const ada = { kind: "user", userId } as const;
const before = {
  claim: "ada@example.com is claimed",
  profile: "an account with ada@example.com",
  password: "a password set by another",
  devices: "1 devices, 0 forgotten",
  session: "a session, live",
} as const;
const account = [before.claim, before.profile, before.devices, before.session, before.session];
const sorted = (...parts: readonly (readonly string[] | string)[]): readonly string[] => parts.flat().sort();

/** Passwords, profiles and addresses: everything that changes what an account is signed in to with. */
export const accountCrashScenarios: readonly CrashScenario[] = [
  {
    name: "a registration that is asked for",
    flow: flows.registerPassword,
    input: { email, locale: "en", password },
    caller: nobody,
    seen: accountSeen,
    ended: () =>
      sorted("1 registrations, 1 passwords", "a challenge for registration, open", "a mail, registration, sent"),
    notBegun: [],
    events: ["challenge.created", "mail.sent"],
    calls: [
      "token: items.putIfAbsent(token)",
      "token: transport.send(identity-hash)",
      "identity: transport.send(token)",
      "token: items.replace(token)",
      "notification: mail.send",
    ],
  },
  {
    name: "a sign-in by password",
    flow: flows.signInByPassword,
    input: { email, password },
    caller: nobody,
    prepare: all(withAccount, withPassword),
    seen: accountSeen,
    ended: () =>
      sorted(
        [before.claim, before.profile, "2 devices, 0 forgotten", before.session, before.session, before.session],
        [before.password, "1 passwords tried, 0 failed in a row", "1 on the roster"],
      ),
    notBegun: sorted(account, before.password),
    events: ["session.opened"],
    calls: [
      "identity: items.putIfAbsent(identity)",
      "identity: items.replace(identity)",
      "session: items.putIfAbsent(session)",
      "session: transport.send(identity)",
      "identity: transport.send(token)",
    ],
  },
  {
    name: "a wrong password",
    flow: flows.signInByPassword,
    input: { email, password: "not the password" },
    caller: nobody,
    prepare: all(withAccount, withPassword),
    seen: accountSeen,
    ended: () => sorted(account, before.password, "1 passwords tried, 1 failed in a row"),
    notBegun: sorted(account, before.password),
    events: ["user.passwordFailed"],
    calls: ["identity: items.putIfAbsent(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a sign-in by password that waits for the second factor",
    flow: flows.signInByPassword,
    input: { email, password },
    caller: nobody,
    prepare: all(withAccount, withPassword, withSecondFactor),
    seen: accountSeen,
    ended: () =>
      sorted(
        account,
        before.password,
        "1 passwords tried, 0 failed in a row",
        "a second factor that is on, 1 codes, 0 spent, 0 accepted, 0 failed",
        "a sign-in waits, 0 tries, not used",
      ),
    notBegun: sorted(account, before.password, "a second factor that is on, 1 codes, 0 spent, 0 accepted, 0 failed"),
    events: ["secondFactor.asked"],
    calls: ["identity: items.putIfAbsent(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "a password that is chosen by mail",
    flow: flows.resetPassword,
    input: { token: makeChallengeToken(linkOf("password_reset")), password: "another horse battery" },
    caller: nobody,
    prepare: all(withAccount, withPassword, withLink("password_reset")),
    seen: accountSeen,
    ended: () =>
      sorted(
        [before.claim, before.profile, before.devices],
        ["a session, password_reset by it", "a session, password_reset by it"],
        ["a password set by it", "a challenge for password_reset, used", "an account found by it"],
      ),
    notBegun: sorted(account, before.password, "a challenge for password_reset, open"),
    events: ["challenge.consumed", "session.revoked", "session.revoked", "user.passwordSet"],
    calls: ["token: items.replace(token)", "identity: items.replace(identity)", "session: items.replace(session)"],
  },
  {
    name: "a password that is changed",
    flow: flows.changePassword,
    input: { userId, exceptSessionId: sessionId, currentPassword: password, password: "another horse battery" },
    caller: ada,
    prepare: all(withAccount, withPassword),
    seen: accountSeen,
    ended: () =>
      sorted(
        [before.claim, before.profile, before.devices, before.session, "a session, password_changed by it"],
        ["a password set by it", "1 passwords tried, 0 failed in a row"],
      ),
    notBegun: sorted(account, before.password),
    events: ["session.revoked", "user.passwordSet"],
    calls: [
      "identity: items.replace(identity)",
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
    ],
  },
  {
    name: "a name that is changed",
    flow: flows.updateProfile,
    input: { userId, displayName: "Ada", mailLocale: "en" },
    caller: ada,
    prepare: withAccount,
    seen: accountSeen,
    ended: () =>
      sorted(
        account.filter((fact) => fact !== before.profile),
        `${before.profile}, called Ada`,
      ),
    notBegun: sorted(account),
    events: ["user.profileChanged"],
    calls: ["identity: items.replace(identity)", "identity: transport.publish(events)"],
  },
  {
    name: "an address that is proven",
    flow: flows.confirmEmailChange,
    input: { token: makeChallengeToken(linkOf("email_change")) },
    caller: nobody,
    prepare: all(withAccount, withLink("email_change")),
    seen: accountSeen,
    ended: () =>
      sorted(
        account.filter((fact) => fact !== before.profile),
        ["an account with wanted@example.com", "wanted@example.com is claimed in place of another"],
        ["a challenge for email_change, used", "a change from ada@example.com"],
      ),
    notBegun: sorted(account, "a challenge for email_change, open"),
    events: ["challenge.consumed", "user.emailChanged"],
    calls: [
      "token: items.replace(token)",
      "identity: items.putIfAbsent(identity)",
      "identity: items.replace(identity)",
    ],
  },
  {
    name: "a change of address that is undone",
    flow: flows.undoEmailChange,
    input: { userId, changeId: earlier, mailLocale: "en" },
    caller: nobody,
    prepare: all(withAccount, withPassword, withChangedEmail),
    begins: true,
    seen: accountSeen,
    ended: () =>
      sorted(
        ["ada@example.com is claimed in place of another", "wanted@example.com is claimed in place of another"],
        [before.profile, before.devices, "a password set by another, suspended"],
        ["a session, email_change_undone by it", "a session, email_change_undone by it"],
        ["a change from ada@example.com", "a change back to ada@example.com", "an undo by it, restored"],
        ["a challenge for password_reset, open", "a mail, password-reset, sent"],
      ),
    notBegun: sorted(
      ["ada@example.com is claimed", "wanted@example.com is claimed in place of another"],
      ["an account with wanted@example.com", before.devices, before.session, before.session, before.password],
      "a change from ada@example.com",
    ),
    events: ["challenge.created", "mail.sent", "session.revoked", "session.revoked", "user.emailChanged"],
    calls: [
      "identity: items.putIfAbsent(identity)",
      "identity: items.replace(identity)",
      "identity: transport.send(session)",
      "session: items.replace(session)",
      "session: transport.send(identity)",
      "identity: transport.send(token)",
    ],
  },
  {
    name: "a session that is reported, with all others",
    flow: flows.reportSession,
    input: { userId, sessionId: otherSessionId, others: true, newPassword: false, mailLocale: "en" },
    caller: nobody,
    prepare: all(withAccount, withPassword),
    seen: accountSeen,
    ended: () =>
      sorted(
        [before.claim, before.profile, "0 devices, 1 forgotten", "a password set by another, suspended"],
        ["a session, reported_by_user by it", "a session, reported_by_user by it", "a report by it, of the others too"],
      ),
    notBegun: sorted(account, before.password),
    events: ["session.reported", "session.revoked", "session.revoked"],
    calls: [
      "session: items.putIfAbsent(session)",
      "session: transport.send(identity)",
      "identity: items.replace(identity)",
      "identity: transport.send(session)",
      "session: items.replace(session)",
    ],
  },
];

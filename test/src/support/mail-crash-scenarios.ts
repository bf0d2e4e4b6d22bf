import { challengeItem, flows, type mailItem } from "@lanyard/contracts";
import { challengeIdOf, linkHashOf, linkSecretOf, makeChallengeToken } from "@lanyard/session-manager";
import { type ItemValue, typedItems } from "@lanyard/storage";
import { derivedCodes } from "@lanyard/token-service";
import type { CrashScenario } from "./crash-scenarios.ts";
import { derived, earlier, type FinalState, type Scenario } from "./crashing-system.ts";

const MINUTE = 60_000;
export const email = "ada@example.com";
const challengeId = challengeIdOf(derived, "k1", earlier);
const use = "sign_in";
const token = { use, challengeId, secret: linkSecretOf(derived, "k1", use, earlier) } as const;
/** What the link says. */
export const byLink = makeChallengeToken(token);
const { code = "", verifier: codeVerifier } = await derivedCodes(derived).issue({
  challengeId,
  operationId: earlier,
  email,
  kid: "k1",
});
const wrongCode = code === "000000" ? "000001" : "000000";

/** The address was mailed a link and a code a minute ago. */
export const withChallenge: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const challenge: ItemValue<typeof challengeItem> = {
    challengeId,
    challengeKind: "magic_link",
    email,
    createdAt: at(-MINUTE),
    kid: "k1",
    codeVerifier,
    codeExpiresAt: at(9 * MINUTE),
    linkHash: linkHashOf(derived, "k1", token),
    linkExpiresAt: at(59 * MINUTE),
    attempts: [],
  };
  await typedItems(tableOf("token"), challengeItem).putIfAbsent(challenge, [challengeId], { writtenBy: earlier });
};

/** What was mailed, once or more often: the same mail, by its id, with the same secrets. */
function mailsSeen(state: FinalState): unknown {
  const different = (of: (mail: FinalState["mails"][number]) => unknown): number => new Set(state.mails.map(of)).size;
  return {
    challenges: state.itemsOf("token").filter(({ key }) => key.pk.startsWith("challenge#")).length,
    mails: state.itemsOf("notification").map(({ value }) => {
      const { ended, sending } = value as ItemValue<typeof mailItem>;
      return { how: ended?.how, isInHand: sending !== undefined };
    }),
    messageIds: different(({ messageId }) => messageId),
    codes: different(({ text }) => /\b\d{6}\b/.exec(text)?.[0]),
    links: different(({ text }) => /https:\S+/.exec(text)?.[0]),
  };
}

/** The challenge, the codes tried for its address, and all that its answer has made, with whoever wrote it. */
function provenSeen(state: FinalState): unknown {
  const items = ["token", "identity", "session"].flatMap((table) => state.itemsOf(table));
  const valuesAt = (pk: string) => items.filter(({ key }) => key.pk.startsWith(pk)).map(({ value }) => value);
  const [challenge] = valuesAt("challenge#") as ItemValue<typeof challengeItem>[];
  const made = items.filter(({ key }) => /^(?:email|user)#/.test(key.pk));
  return {
    attempts: challenge?.attempts,
    used: challenge?.used && { by: challenge.used.by, operationId: challenge.used.operationId },
    triedForAddress: valuesAt("address#").flatMap(({ attempts }) => attempts as object[]).length,
    made: made
      .map(({ key, writtenBy, version }) => ({ is: key.sk.split("#")[0], writtenBy, version }))
      .sort(byWhatItIs),
    users: new Set(made.flatMap(({ value }) => value["userId"] ?? [])).size,
  };
}

const byWhatItIs = (one: { readonly is: string | undefined }, other: { readonly is: string | undefined }): number =>
  String(one.is).localeCompare(String(other.is));

const unproven = { attempts: [], used: undefined, triedForAddress: 0, made: [], users: 0 };
const provenBy = (by: "link" | "code", operationId: string) => ({
  ...unproven,
  attempts: by === "code" ? [operationId] : [],
  used: { by, operationId },
  made: [
    { is: "claim", writtenBy: `${operationId}/identity.ensureUser`, version: 1 },
    { is: "devices", writtenBy: `${operationId}/session.open/device`, version: 1 },
    { is: "email", writtenBy: `${operationId}/identity.ensureUser`, version: 1 },
    { is: "profile", writtenBy: `${operationId}/identity.ensureUser`, version: 1 },
    { is: "roster", writtenBy: `${operationId}/session.open/admit`, version: 1 },
    { is: "session", writtenBy: `${operationId}/session.open`, version: 1 },
  ],
  users: 1,
});
/** What both ways of proving an address call, once it is proven. */
const callsOfProof = [
  "token: items.replace(token)",
  "token: transport.publish(events)",
  "token: transport.send(identity)",
  "identity: items.load(identity)",
  "identity: items.putIfAbsent(identity)",
  "identity: transport.publish(events)",
  "identity: transport.send(session)",
  "session: items.putIfAbsent(session)",
  "session: transport.publish(events)",
  "session: transport.send(token)",
  "token: items.putIfAbsent(operations)",
  "token: transport.send(inbox)",
];

/** Signing in by mail: asking, proving by link and by code, and guessing. */
export const mailCrashScenarios: readonly CrashScenario[] = [
  {
    name: "a sign-in by mail that is asked for",
    flow: flows.requestChallenge,
    input: { email: "ada@example.com", challengeKind: "magic_link", locale: "en" },
    caller: { kind: "none" },
    seen: mailsSeen,
    ended: () => ({ challenges: 1, mails: [{ how: "sent", isInHand: false }], messageIds: 1, codes: 1, links: 1 }),
    notBegun: { challenges: 0, mails: [], messageIds: 0, codes: 0, links: 0 },
    events: ["challenge.created", "mail.sent"],
    calls: [
      "token: items.putIfAbsent(token)",
      "token: transport.publish(events)",
      "token: transport.send(notification)",
      "notification: items.putIfAbsent(notification)",
      "notification: mail.send",
      "notification: items.replace(notification)",
      "notification: transport.publish(events)",
      "notification: items.putIfAbsent(operations)",
      "notification: transport.send(inbox)",
    ],
  },
  {
    name: "a first sign-in by link",
    flow: flows.verifyMagicLink,
    input: { token: byLink },
    caller: { kind: "none" },
    prepare: withChallenge,
    seen: provenSeen,
    ended: (operationId) => provenBy("link", operationId),
    notBegun: unproven,
    events: ["challenge.consumed", "session.opened", "user.created"],
    calls: callsOfProof,
  },
  {
    name: "a first sign-in by code",
    flow: flows.verifyEmailCode,
    input: { challengeId, code },
    caller: { kind: "none" },
    prepare: withChallenge,
    seen: provenSeen,
    ended: (operationId) => provenBy("code", operationId),
    notBegun: unproven,
    events: ["challenge.consumed", "session.opened", "user.created"],
    calls: ["token: items.putIfAbsent(token)", ...callsOfProof],
  },
  {
    name: "a wrong code",
    flow: flows.verifyEmailCode,
    input: { challengeId, code: wrongCode },
    caller: { kind: "none" },
    prepare: withChallenge,
    seen: provenSeen,
    ended: (operationId) => ({ ...unproven, attempts: [operationId], triedForAddress: 1 }),
    notBegun: unproven,
    events: ["challenge.guessFailed"],
    calls: [
      "token: items.replace(token)",
      "token: items.putIfAbsent(token)",
      "token: transport.publish(events)",
      "token: items.putIfAbsent(operations)",
      "token: transport.send(inbox)",
    ],
  },
];

import { flows, revocationShardOf, sessionItem } from "@lanyard/contracts";
import { type ItemValue, typedItems } from "@lanyard/storage";
import { accountCrashScenarios } from "./account-crash-scenarios.ts";
import { andonCrashScenarios } from "./andon-crash-scenarios.ts";
import { earlier, type FinalState, type Scenario } from "./crashing-system.ts";
import { mailCrashScenarios } from "./mail-crash-scenarios.ts";
import { mergeCrashScenarios } from "./merge-crash-scenarios.ts";
import { registrationCrashScenarios } from "./registration-crash-scenarios.ts";
import { secondFactorCrashScenarios } from "./second-factor-crash-scenarios.ts";

type Session = ItemValue<typeof sessionItem>;

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const MINUTE = 60_000;

/** The session stands, and was refreshed so many times, the last time a minute ago. */
const withSession =
  (refreshed: number): NonNullable<Scenario["prepare"]> =>
  async (tableOf, now) => {
    const at = (ms: number): string => new Date(now + ms).toISOString();
    const session: Session = {
      sessionId,
      userId,
      userKind: "anonymous",
      method: "anonymous",
      amr: [],
      openedAt: at(-60 * MINUTE),
      expiresAt: at(24 * 60 * MINUTE),
      generation: 1 + refreshed,
      pull: 0,
      rotations: Array.from({ length: refreshed }, (_, index) => ({
        generation: index + 2,
        operationId: earlier,
        at: at(-MINUTE),
      })),
    };
    await typedItems(tableOf("session"), sessionItem).putIfAbsent(session, [userId, sessionId], { writtenBy: earlier });
  };

/** An operation, what is to be seen of it when it has ended, and of one that never began. */
export interface CrashScenario extends Scenario {
  readonly name: string;
  /** Everything that a crash must leave as it would have been; times may differ, and what is said twice counts once. */
  readonly seen: (state: FinalState) => unknown;
  readonly ended: (operationId: string) => unknown;
  readonly notBegun: unknown;
  /** Types of events, in alphabetical order. */
  readonly events: readonly string[];
  /** Calls that the flow must make, beyond receiving and deleting. */
  readonly calls: readonly string[];
}

/** The session, and what the log says of it: once or more often is the same. */
function sessionSeen(state: FinalState): unknown {
  const items = state.itemsOf("session");
  const session = items.find(({ key }) => key.pk === `user#${userId}`)?.value as Session | undefined;
  const entries = items.filter(({ key }) => key.pk === `revocations#${revocationShardOf(sessionId)}`);
  const numbers = entries.flatMap(({ value }) => ("number" in value ? [Number(value["number"])] : []));
  return {
    generation: session?.generation,
    rotations: session?.rotations.map(({ generation, operationId }) => ({ generation, operationId })),
    revoked: session?.revoked && { reason: session.revoked.reason, operationId: session.revoked.operationId },
    logged: [...new Set(entries.map(({ value }) => value["reason"]).filter((reason) => reason !== undefined))],
    withoutGap: numbers.every((number, index) => number === index + 1),
    headCovers: entries.find(({ key }) => key.sk === "head")?.value["last"] === numbers.at(-1),
  };
}

/** More than one step ends, all but two of them in one shard of the log. */
const OTHERS = Array.from(
  { length: 10 },
  (_, index) => `${index < 2 ? "1" : "2"}c7a7b4f-8b1f-8a6c-8d2e-${String(index).padStart(12, "0")}`,
).sort();

const withOthers: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  await withSession(0)(tableOf, now);
  const sessions = typedItems(tableOf("session"), sessionItem);
  const standing = await sessions.load(userId, sessionId);
  if (standing === undefined) throw new Error("there is no session");
  for (const other of OTHERS) {
    await sessions.putIfAbsent({ ...standing.value, sessionId: other }, [userId, other], { writtenBy: earlier });
  }
};

/** Which sessions have ended, by whom, and what the log says of them: once or more often is the same. */
function othersSeen(state: FinalState): unknown {
  const items = state.itemsOf("session");
  const sessions = items.filter(({ key }) => key.sk.startsWith("session#")).map(({ value }) => value as Session);
  const entries = items.filter(({ key }) => key.sk.startsWith("entry#"));
  const ids = (of: readonly Session[]): readonly string[] => of.map((each) => each.sessionId).sort();
  const covers = (shard: string): number =>
    Number(items.find(({ key }) => key.pk === shard && key.sk === "head")?.value["last"] ?? 0);
  return {
    live: ids(sessions.filter(({ revoked }) => revoked === undefined)),
    ended: ids(sessions.filter(({ revoked }) => revoked !== undefined)),
    endedBy: [...new Set(sessions.flatMap(({ revoked }) => (revoked === undefined ? [] : [revoked.operationId])))],
    logged: [...new Set(entries.map(({ value }) => String(value["sessionId"])))].sort(),
    steps: items.filter(({ key }) => key.sk.startsWith("ending#")).length,
    notCovered: entries.filter(({ key, value }) => Number(value["number"]) > covers(key.pk)).map(({ key }) => key),
  };
}

/** The session, and whether its expiry slid; written once, since a repeat finds the use. */
function usesSeen(state: FinalState): unknown {
  const item = state.itemsOf("session").find(({ key }) => key.pk === `user#${userId}`);
  const { openedAt, expiresAt } = item?.value as Session;
  const livesOn = Date.parse(expiresAt) - Date.parse(openedAt) > 29 * 24 * 60 * MINUTE;
  return { ...(sessionSeen(state) as object), version: item?.version, livesOn };
}

const untouched = { generation: 1, rotations: [], revoked: undefined, logged: [], withoutGap: true, headCovers: true };
const refreshedOnce = { generation: 2, operationId: earlier };

/** Every operation that is stopped at each of its moments. */
export const crashScenarios: readonly CrashScenario[] = [
  {
    name: "an anonymous sign-in",
    flow: flows.createAnonymousSession,
    input: {},
    caller: { kind: "none" },
    seen: (state) =>
      ["identity", "session"].map((table) =>
        state.itemsOf(table).map(({ key, writtenBy, version }) => ({ pk: key.pk.split("#")[0], writtenBy, version })),
      ),
    ended: (operationId) => [
      [{ pk: "user", writtenBy: `${operationId}/identity.createAnonymousUser`, version: 1 }],
      [{ pk: "user", writtenBy: `${operationId}/session.open`, version: 1 }],
    ],
    notBegun: [[], []],
    events: ["session.opened", "user.created"],
    calls: [
      "gateway: transport.send(identity)",
      "identity: items.putIfAbsent(identity)",
      "identity: transport.publish(events)",
      "identity: transport.send(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: transport.send(token)",
      "token: items.putIfAbsent(token)",
      "token: items.putIfAbsent(operations)",
      "token: transport.send(inbox)",
    ],
  },
  {
    name: "a refresh",
    flow: flows.refreshSession,
    input: { userId, sessionId, presentedGeneration: 1 },
    caller: { kind: "none" },
    prepare: withSession(0),
    seen: sessionSeen,
    ended: (operationId) => ({ ...untouched, generation: 2, rotations: [{ generation: 2, operationId }] }),
    notBegun: untouched,
    events: [],
    calls: [
      "session: items.load(session)",
      "session: items.replace(session)",
      "session: transport.send(identity)",
      "identity: items.load(identity)",
      "identity: transport.send(token)",
    ],
  },
  {
    name: "a refresh with a stolen token",
    flow: flows.refreshSession,
    input: { userId, sessionId, presentedGeneration: 1 },
    caller: { kind: "none" },
    prepare: withSession(1),
    seen: sessionSeen,
    ended: (operationId) => ({
      ...untouched,
      generation: 2,
      rotations: [refreshedOnce],
      revoked: { reason: "refresh_reuse", operationId },
      logged: ["refresh_reuse"],
    }),
    notBegun: { ...untouched, generation: 2, rotations: [refreshedOnce] },
    events: ["session.refreshReuseDetected", "session.revoked"],
    calls: [
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: items.putIfAbsent(operations)",
      "session: transport.send(inbox)",
    ],
  },
  {
    name: "a logout",
    flow: flows.logout,
    input: { userId, sessionId },
    caller: { kind: "user", userId },
    prepare: withSession(0),
    seen: sessionSeen,
    ended: (operationId) => ({ ...untouched, revoked: { reason: "logout", operationId }, logged: ["logout"] }),
    notBegun: untouched,
    events: ["session.revoked"],
    calls: [
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: items.putIfAbsent(operations)",
      "session: transport.send(inbox)",
    ],
  },
  {
    name: "the end of a session that its user picked",
    flow: flows.revokeOwnSession,
    input: { userId, sessionId },
    caller: { kind: "user", userId },
    prepare: withSession(0),
    seen: sessionSeen,
    ended: (operationId) => ({
      ...untouched,
      revoked: { reason: "revoked_by_user", operationId },
      logged: ["revoked_by_user"],
    }),
    notBegun: untouched,
    events: ["session.revoked"],
    calls: [
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: items.putIfAbsent(operations)",
      "session: transport.send(inbox)",
    ],
  },
  {
    name: "the end of all other sessions, in two steps",
    flow: flows.revokeOwnSessions,
    input: { userId, exceptSessionId: sessionId },
    caller: { kind: "user", userId },
    prepare: withOthers,
    seen: othersSeen,
    ended: (operationId) => ({
      live: [sessionId],
      endedBy: [operationId],
      ended: OTHERS,
      logged: OTHERS,
      steps: 2,
      notCovered: [],
    }),
    notBegun: { live: [sessionId, ...OTHERS].sort(), endedBy: [], ended: [], logged: [], steps: 0, notCovered: [] },
    events: OTHERS.map(() => "session.revoked"),
    calls: [
      "session: items.list(session)",
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: transport.send(session)",
      "session: items.putIfAbsent(operations)",
      "session: transport.send(inbox)",
    ],
  },
  {
    name: "a use of a session",
    flow: flows.touchSession,
    input: { userId, sessionId },
    caller: { kind: "user", userId },
    prepare: withSession(0),
    seen: usesSeen,
    ended: () => ({ ...untouched, version: 2, livesOn: true }),
    notBegun: { ...untouched, version: 1, livesOn: false },
    events: [],
    calls: ["session: items.load(session)", "session: items.replace(session)"],
  },
  ...mailCrashScenarios,
  ...andonCrashScenarios,
  ...mergeCrashScenarios,
  ...accountCrashScenarios,
  ...secondFactorCrashScenarios,
  ...registrationCrashScenarios,
];

import {
  bulkRevocationItem,
  emailClaimItem,
  flows,
  pullHeadItem,
  pullItem,
  type RevocationScope,
  rosterItem,
  sessionItem,
  userItem,
} from "@lanyard/contracts";
import { type ItemValue, type MemoryItemStore, typedItems } from "@lanyard/storage";
import type { CrashScenario } from "./crash-scenarios.ts";
import { earlier, type FinalState, type Scenario } from "./crashing-system.ts";
import { byLink, email, withChallenge } from "./mail-crash-scenarios.ts";

type Session = ItemValue<typeof sessionItem>;
type BulkRevocation = ItemValue<typeof bulkRevocationItem>;
type Roster = ItemValue<typeof rosterItem>;

const MINUTE = 60_000;
const LIMIT = 10;
const revocationId = "3e9c9d6b-ad3b-8c8e-9f4a-5b6c7d8e9fa0";
const earlierRevocationId = "4fadae7c-be4c-8d9f-8a5b-6c7d8e9fa0b1";
const ada = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
/** One digit from the first, one from the second: enough to tell people and their sessions apart. */
const idOf = (user: number, session = 0): string => `${user}c7a7b4f-8b1f-8a6c-8d2e-00000000000${session}`;

const sessionOf = (userId: string, sessionId: string, at: (ms: number) => string): Session => ({
  sessionId,
  userId,
  userKind: "anonymous",
  method: "anonymous",
  amr: [],
  openedAt: at(-60 * MINUTE),
  expiresAt: at(24 * 60 * MINUTE),
  generation: 1,
  pull: 0,
  rotations: [],
});

const put = (store: MemoryItemStore, session: Session) =>
  typedItems(store, sessionItem).putIfAbsent(session, [session.userId, session.sessionId], { writtenBy: earlier });

/** Seven visitors, of whom one has left, one was named by an earlier pull and one came after it; and an account. */
const withPeople: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const store = tableOf("session");
  const scope: RevocationScope = { kind: "user", userId: idOf(2) };
  const said = { revocationId: earlierRevocationId, scope, reason: "One of them", pulledBy: "key:ops" };
  const effective = { number: 1, at: at(-2 * MINUTE) };
  const sweep = { step: 1, matched: 1, swept: 1, doneAt: at(-MINUTE) };
  const standing = { ...said, receivedAt: at(-2 * MINUTE), operationId: earlier, candidate: 1, effective, sweep };
  await typedItems(store, bulkRevocationItem).putIfAbsent(standing, [earlierRevocationId], { writtenBy: earlier });
  const pull = { ...effective, revocationId: earlierRevocationId, scope };
  await typedItems(store, pullItem).putIfAbsent(pull, [1], { writtenBy: earlier });
  await typedItems(store, pullHeadItem).putIfAbsent({ last: 1 }, [], { writtenBy: earlier });
  const ended = (reason: "logout" | "operator") => ({ revoked: { at: at(-MINUTE), reason, operationId: earlier } });
  for (let user = 1; user <= 8; user += 1) {
    const session = sessionOf(idOf(user), idOf(user, 1), at);
    if (user === 1) await put(store, { ...session, ...ended("logout") });
    else if (user === 2) await put(store, { ...session, ...ended("operator") });
    else if (user === 3) await put(store, { ...session, pull: 1 });
    else if (user === 4) await put(store, { ...session, userKind: "account", method: "magic_link" });
    else await put(store, session);
  }
};

/** What stands of pulls, how far the sweep is, and which sessions have ended why and by whom. */
function pullsSeen(state: FinalState): unknown {
  const items = state.itemsOf("session");
  const valueOf = (pk: string, sk: string) => items.find(({ key }) => key.pk === pk && key.sk === sk)?.value;
  const { effective, sweep } = (valueOf(`bulk#${revocationId}`, "revocation") ?? {}) as Partial<BulkRevocation>;
  const sessions = items.filter(({ key }) => key.sk.startsWith("session#")).map(({ value }) => value as Session);
  return {
    head: valueOf("pulls", "head")?.["last"],
    pulls: items.filter(({ key }) => key.sk.startsWith("pull#")).map(({ value }) => value["revocationId"]),
    number: effective?.number,
    sweep: sweep && {
      step: sweep.step,
      matched: sweep.matched,
      swept: sweep.swept,
      isDone: sweep.doneAt !== undefined,
    },
    ended: sessions.flatMap(({ userId, revoked, pull }) =>
      revoked === undefined ? [] : [[userId[0], revoked.reason, revoked.operationId, pull]],
    ),
    logged: items.filter(({ key }) => key.sk.startsWith("entry#")).length,
    keys: state.itemsOf("token").map(({ value }) => value["removedBy"] ?? "signs"),
  };
}

const endedBefore = [
  ["1", "logout", earlier, 0],
  ["2", "operator", earlier, 0],
];
const unpulled = {
  head: 1,
  pulls: [earlierRevocationId],
  number: undefined,
  sweep: undefined,
  ended: endedBefore,
  logged: 0,
  keys: [],
};
const pulled = (operationId: string, users: readonly (readonly [string, number])[]) => ({
  ...unpulled,
  head: 2,
  pulls: [earlierRevocationId, revocationId],
  number: 2,
  sweep: { step: 4, matched: users.length, swept: users.length, isDone: true },
  ended: [...endedBefore, ...users.map(([user, pull]) => [user, "operator", operationId, pull])],
});
/** What every pull calls; the answer is given when only the sweep is left. */
const callsOfPull = [
  "session: items.load(session)",
  "session: items.putIfAbsent(session)",
  "session: items.replace(session)",
  "session: items.putIfAbsent(operations)",
  "session: transport.publish(events)",
  "session: transport.send(inbox)",
  "session: transport.send(session-bulk)",
  "session: transport.receive(session-bulk)",
  "session: items.scan(session)",
  "session: transport.delete(session-bulk)",
];

/** As many sessions of one account as may be live, and a link that opens another. */
const withFullRoster: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  await withChallenge(tableOf, now);
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const createdAt = at(-60 * MINUTE);
  const profile = { userId: ada, userKind: "account", email, createdAt } as const;
  await typedItems(tableOf("identity"), userItem).putIfAbsent(profile, [ada], { writtenBy: earlier });
  const claim = { email, userId: ada, claimedAt: createdAt, operationId: earlier };
  await typedItems(tableOf("identity"), emailClaimItem).putIfAbsent(claim, [email], { writtenBy: earlier });
  const entries: Roster["entries"] = [];
  for (let session = 0; session < LIMIT; session += 1) {
    const sessionId = idOf(1, session);
    entries.push({ sessionId, method: "magic_link", admittedAt: createdAt });
    await put(tableOf("session"), { ...sessionOf(ada, sessionId, at), userKind: "account", method: "magic_link" });
  }
  await typedItems(tableOf("session"), rosterItem).putIfAbsent({ entries }, [ada], { writtenBy: earlier });
};

/** Who lives and who had to go, by item, log and roster; a new session is one without a name. */
function rosterSeen(state: FinalState): unknown {
  const items = state.itemsOf("session");
  const known = (sessionId: string): string => (sessionId.startsWith("1c7a7b4f") ? sessionId.slice(-1) : "new");
  const sessions = items.filter(({ key }) => key.sk.startsWith("session#")).map(({ value }) => value as Session);
  const { entries } = (items.find(({ key }) => key.sk === "roster")?.value ?? { entries: [] }) as Roster;
  return {
    live: sessions.flatMap(({ sessionId, revoked }) => (revoked === undefined ? [known(sessionId)] : [])).sort(),
    ended: sessions.flatMap(({ sessionId, revoked }) =>
      revoked === undefined ? [] : [[known(sessionId), revoked.reason, revoked.operationId]],
    ),
    goneForNew: sessions.find(({ sessionId }) => known(sessionId) === "new")?.replaces?.map(known),
    logged: [
      ...new Set(
        items.flatMap(({ key, value }) => (key.sk.startsWith("entry#") ? [known(String(value["sessionId"]))] : [])),
      ),
    ],
    roster: entries.map(({ sessionId, evictedBy }) => [known(sessionId), evictedBy]),
  };
}

const names = Array.from({ length: LIMIT }, (_, session) => String(session));
const full = {
  live: names,
  ended: [],
  goneForNew: undefined,
  logged: [],
  roster: names.map((name) => [name, undefined]),
};

/** Each session whose item a sweep has marked is told of. */
const voided = (count: number): readonly string[] => Array.from({ length: count }, () => "session.voided");

/** The andon cord, and signing in to an account that has no room. */
export const andonCrashScenarios: readonly CrashScenario[] = [
  {
    name: "a pull of the andon cord, swept in four steps",
    flow: flows.revokeInBulk,
    input: { revocationId, scope: { kind: "anonymous" }, reason: "A drill", pulledBy: "key:ops", by: "key:ops" },
    caller: { kind: "none" },
    prepare: withPeople,
    seen: (state) => ({ ...(pullsSeen(state) as object), keys: [] }),
    ended: (operationId) =>
      pulled(operationId, [
        ["3", 1],
        ["5", 0],
        ["6", 0],
        ["7", 0],
        ["8", 0],
      ]),
    notBegun: unpulled,
    events: ["andon.pulled", "andon.swept", "operator.acted", ...voided(5)],
    calls: callsOfPull,
  },
  {
    name: "a pull for one user",
    flow: flows.revokeInBulk,
    input: { revocationId, scope: { kind: "user", userId: idOf(4) }, reason: "A drill", pulledBy: "key:ops" },
    caller: { kind: "none" },
    prepare: withPeople,
    seen: (state) => ({ ...(pullsSeen(state) as object), keys: [] }),
    ended: (operationId) => ({
      ...pulled(operationId, [["4", 0]]),
      sweep: { step: 1, matched: 1, swept: 1, isDone: true },
    }),
    notBegun: unpulled,
    events: ["andon.pulled", "andon.swept", "session.voided"],
    calls: ["session: items.list(session)", "session: items.replace(session)", "session: transport.send(session-bulk)"],
  },
  {
    name: "a global rotation",
    flow: flows.revokeEverything,
    input: { revocationId, reason: "A drill", pulledBy: "key:ops", by: "key:ops" },
    caller: { kind: "none" },
    prepare: withPeople,
    seen: pullsSeen,
    ended: (operationId) => ({
      ...pulled(operationId, [
        ["3", 1],
        ["4", 0],
        ["5", 0],
        ["6", 0],
        ["7", 0],
        ["8", 0],
      ]),
      keys: [operationId, "signs"],
    }),
    notBegun: { ...unpulled, keys: ["signs"] },
    events: ["andon.pulled", "andon.swept", "operator.acted", ...voided(6), "signingKey.made", "signingKey.removed"],
    calls: [
      "token: items.putIfAbsent(token)",
      "token: items.replace(token)",
      "token: transport.publish(events)",
      "token: transport.send(session)",
      ...callsOfPull,
    ],
  },
  {
    name: "a sign-in to an account without room",
    flow: flows.verifyMagicLink,
    input: { token: byLink },
    caller: { kind: "none" },
    prepare: withFullRoster,
    seen: rosterSeen,
    ended: (operationId) => ({
      live: [...names.slice(1), "new"],
      ended: [["0", "session_limit", operationId]],
      goneForNew: ["0"],
      logged: ["0"],
      roster: [...names.slice(1), "new"].map((name) => [name, undefined]),
    }),
    notBegun: full,
    events: ["challenge.consumed", "session.opened", "session.revoked"],
    calls: [
      "session: items.load(session)",
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: transport.send(token)",
    ],
  },
];

import { deadLetterQueueOf, queues } from "@lanyard/contracts";
import { accountInvariants } from "./account-invariants.ts";
import { auditInvariants, isOnlyAList } from "./audit-invariants.ts";
import { challengeInvariants } from "./challenge-invariants.ts";
import type { Heard } from "./clients.ts";
import { eventInvariants } from "./event-invariants.ts";
import {
  BLUR_MS,
  DAY_MS,
  type Evidence,
  type Invariant,
  lastStates,
  operationOf,
  profilesOf,
  receivedAtOf,
  SKEW_MS,
  sessionWrites,
  stateOf,
  VIEW_MS,
} from "./evidence.ts";
import { lifetimeInvariants } from "./lifetime-invariants.ts";
import { mailInvariants } from "./mail-invariants.ts";
import { mergeEvidence } from "./merge-evidence.ts";
import { mergeInvariants } from "./merge-invariants.ts";
import { voidSinceOf } from "./pull-evidence.ts";
import { pullInvariants } from "./pull-invariants.ts";
import { rosterInvariants } from "./roster-invariants.ts";
import { secondFactorInvariants } from "./second-factor-invariants.ts";
import { SECURITY_TEMPLATES, securityMailInvariants } from "./security-mail-invariants.ts";
import { sweepInvariants } from "./sweep-invariants.ts";
import type { Write } from "./world.ts";

const GRACE_MS = 10_000;
const WITHOUT_DEADLINE = ["session.sweepRevoked", "session.endVisitor", "merge.moveItems"];

const onlyOne = (writes: readonly Write[], what: string): readonly string[] => {
  const byOperation = new Map<string, Set<string>>();
  for (const write of writes) {
    const operation = operationOf(write);
    byOperation.set(operation, (byOperation.get(operation) ?? new Set()).add(`${write.key.pk} ${write.key.sk}`));
  }
  return [...byOperation]
    .filter(([, keys]) => keys.size > 1)
    .map(([operation, keys]) => `${operation} made ${keys.size} ${what}`);
};

/** That a session is over may stand in the log of revocations once more: visitors' are ended however late. So may what was heard. */
const saysItTwice = ({ table, key, writtenBy }: Write): boolean =>
  (key.pk.startsWith("revocations#") && writtenBy.includes("/session.endVisitor")) ||
  (table === "audit" && isOnlyAList(key));

const done = ({ answer }: Heard): boolean => answer.kind === "done";

/** When each session was told to be over, by logout or by theft. */
function toldOver({ clients }: Evidence): ReadonlyMap<string, number> {
  const over = new Map<string, number>();
  for (const heard of clients.heard) {
    const ended =
      (heard.what === "logout" && done(heard)) ||
      (heard.answer.kind === "problem" && heard.answer.code === "refresh_token_reused");
    if (!ended || heard.sessionId === undefined) continue;
    over.set(heard.sessionId, Math.min(over.get(heard.sessionId) ?? Number.POSITIVE_INFINITY, heard.heardAt));
  }
  return over;
}

/** What is true of visitors, sessions and everything else that happens; in any weather, on every schedule. */
const systemInvariants: readonly Invariant[] = [
  {
    name: "an operation makes one user",
    violations: (evidence) => onlyOne(profilesOf(evidence), "users"),
  },
  {
    name: "an operation makes one session",
    violations: (evidence) =>
      onlyOne(
        sessionWrites(evidence).filter((write) => write.writtenBy.endsWith("/session.open")),
        "sessions",
      ),
  },
  {
    name: "a session is opened once, and never again over what became of it",
    violations(evidence) {
      const opened = new Map<string, number>();
      for (const write of sessionWrites(evidence)) {
        if (write.writtenBy.endsWith("/session.open")) opened.set(write.key.sk, (opened.get(write.key.sk) ?? 0) + 1);
      }
      return [...opened].filter(([, times]) => times > 1).map(([sk, times]) => `${sk} opened ${times} times`);
    },
  },
  {
    name: "one key, one answer",
    violations({ clients }) {
      const answers = new Map<string, Set<string>>();
      for (const { what, key, answer } of clients.heard) {
        if (key === undefined || (answer.kind !== "done" && answer.kind !== "accepted")) continue;
        answers.set(
          `${what} ${key}`,
          (answers.get(`${what} ${key}`) ?? new Set()).add(
            JSON.stringify([answer.operationId, answer.kind === "done" && answer.body]),
          ),
        );
      }
      return [...answers]
        .filter(([, different]) => different.size > 1)
        .map(([key, { size }]) => `${key}: ${size} different answers`);
    },
  },
  {
    name: "what a client was told is what is recorded",
    violations: ({ world, clients }) => {
      const recorded = new Map<string, Set<string>>();
      for (const { key, value } of world.writes.filter((write) => write.key.sk === "outcome"))
        recorded.set(key.pk, (recorded.get(key.pk) ?? new Set()).add(JSON.stringify(value["outcome"])));
      return clients.heard.flatMap(({ answer }) => {
        if (answer.kind !== "done") return [];
        const same = recorded.get(`operation#${answer.operationId}`)?.has(JSON.stringify(answer.recorded.outcome));
        return same ? [] : [`${answer.operationId}: told something that was never recorded`];
      });
    },
  },
  {
    name: "an operation has one outcome",
    violations: ({ world }) => {
      const outcomes = new Map<string, Set<string>>();
      for (const write of world.writes.filter(({ key }) => key.sk === "outcome")) {
        if (write.at - receivedAtOf(write.key.pk.slice("operation#".length)) > DAY_MS + SKEW_MS) continue;
        outcomes.set(write.key.pk, (outcomes.get(write.key.pk) ?? new Set()).add(JSON.stringify(write.value)));
      }
      return [...outcomes].filter(([, all]) => all.size > 1).map(([pk]) => `${pk}: more than one outcome`);
    },
  },
  {
    name: "what a queue has acknowledged ends",
    violations: ({ world, clients }) =>
      clients.heard.flatMap(({ what, answer }) => {
        // Nobody wants to know what becomes of a use.
        const acknowledged = answer.kind === "pending" || (answer.kind === "accepted" && what !== "use");
        if (!acknowledged || world.writes.some(({ key }) => key.pk === `operation#${answer.operationId}`)) return [];
        return [`${answer.operationId} never ended`];
      }),
  },
  {
    name: "a generation is made by one operation, and follows the one before",
    violations(evidence) {
      const made = new Map<string, string>();
      return sessionWrites(evidence).flatMap((write) => {
        const { sessionId, generation, rotations } = stateOf(write);
        const found: string[] = [];
        for (const rotation of rotations) {
          const name = `${sessionId} ${rotation.generation}`;
          const maker = made.get(name) ?? rotation.operationId;
          made.set(name, maker);
          if (maker !== rotation.operationId) found.push(`${name}: made by two operations`);
        }
        const newest = rotations.at(-1)?.generation ?? 1;
        if (newest !== generation) found.push(`${sessionId}: generation ${generation}, newest rotation ${newest}`);
        return found;
      });
    },
  },
  {
    name: "an operation rotates a session once",
    violations(evidence) {
      const rotated = new Map<string, Set<number>>();
      for (const write of sessionWrites(evidence)) {
        for (const { operationId, generation } of stateOf(write).rotations) {
          rotated.set(operationId, (rotated.get(operationId) ?? new Set()).add(generation));
        }
      }
      return [...rotated]
        .filter(([, made]) => made.size > 1)
        .map(([operation]) => `${operation} rotated more than once`);
    },
  },
  {
    name: "what is revoked stays revoked",
    violations(evidence) {
      const revoked = new Set<string>();
      return sessionWrites(evidence).flatMap((write) => {
        const state = stateOf(write);
        if (state.revoked !== undefined) revoked.add(state.sessionId);
        return revoked.has(state.sessionId) && state.revoked === undefined ? [`${state.sessionId} came back`] : [];
      });
    },
  },
  {
    name: "nobody is admitted once a gateway can know",
    violations(evidence) {
      const over = toldOver(evidence);
      return evidence.clients.heard.flatMap(({ what, sessionId = "", askedAt, answer }) =>
        what === "access" &&
        answer.kind === "admitted" &&
        askedAt > (over.get(sessionId) ?? Number.POSITIVE_INFINITY) + VIEW_MS
          ? [`${sessionId} admitted ${askedAt - (over.get(sessionId) ?? 0)} ms after its end was told`]
          : [],
      );
    },
  },
  {
    name: "no refresh succeeds that was asked for after the end was told",
    violations(evidence) {
      const over = toldOver(evidence);
      const firstAsked = new Map<string, number>();
      for (const { key, askedAt } of evidence.clients.heard) {
        if (key !== undefined) firstAsked.set(key, Math.min(firstAsked.get(key) ?? askedAt, askedAt));
      }
      return evidence.clients.heard.flatMap(({ what, key, sessionId = "", askedAt, answer }) => {
        const asked = key === undefined ? askedAt : (firstAsked.get(key) ?? askedAt);
        const late = asked > (over.get(sessionId) ?? Number.POSITIVE_INFINITY);
        return (what === "refresh" || what === "theft") && answer.kind === "done" && late
          ? [`${sessionId} refreshed after its end`]
          : [];
      });
    },
  },
  {
    name: "an honest session is not taken for a stolen one",
    violations: (evidence) =>
      [...lastStates(evidence).values()]
        .filter(
          ({ revoked, sessionId }) => revoked?.reason === "refresh_reuse" && !evidence.clients.robbed.has(sessionId),
        )
        .map(({ sessionId }) => `${sessionId} revoked for reuse, but nobody stole it`),
  },
  {
    name: "an honest refresh of a living session is not refused",
    violations(evidence) {
      const last = lastStates(evidence);
      return evidence.clients.heard.flatMap(({ what, sessionId = "", askedAt, heardAt, answer }) => {
        const refused = what === "refresh" && answer.kind === "problem" && answer.code.startsWith("refresh_token");
        const state = last.get(sessionId);
        if (!refused || state === undefined || state.revoked !== undefined || evidence.clients.robbed.has(sessionId))
          return [];
        if (voidSinceOf(evidence, sessionId) <= heardAt) return [];
        const usedUpTo = sessionWrites(evidence)
          .filter((write) => stateOf(write).sessionId === sessionId && write.at <= askedAt)
          .at(-1);
        return usedUpTo !== undefined && askedAt < Date.parse(stateOf(usedUpTo).expiresAt) - SKEW_MS
          ? [`${sessionId} was refused at ${askedAt}`]
          : [];
      });
    },
  },
  {
    name: "a thief who comes after the successor is in use gets nothing",
    violations(evidence) {
      const first = new Map<string, number>();
      for (const { key, askedAt } of evidence.clients.heard)
        if (key !== undefined && !first.has(key)) first.set(key, askedAt);
      const committedAt = new Map(
        sessionWrites(evidence)
          .map((write) => [`${stateOf(write).sessionId} ${stateOf(write).generation}`, write.at] as const)
          .reverse(),
      );
      return evidence.clients.heard.flatMap(({ what, key = "", sessionId, generation = 0, answer }) => {
        if (what !== "theft" || answer.kind !== "done") return [];
        const successorAt = committedAt.get(`${sessionId} ${generation + 1}`);
        const late = successorAt !== undefined && (first.get(key) ?? 0) > successorAt + GRACE_MS + BLUR_MS;
        return late ? [`${sessionId}: generation ${generation} was taken again`] : [];
      });
    },
  },
  {
    name: "a session that nobody used for its lifetime is not refreshed",
    violations(evidence) {
      const expiresAt = new Map<string, number>();
      return sessionWrites(evidence).flatMap((write) => {
        const state = stateOf(write);
        const before = expiresAt.get(state.sessionId);
        expiresAt.set(state.sessionId, Date.parse(state.expiresAt));
        return before !== undefined &&
          write.writtenBy.includes("/session.rotate") &&
          write.at > before + BLUR_MS * 4 &&
          state.revoked === undefined
          ? [`${state.sessionId} refreshed after it had expired`]
          : [];
      });
    },
  },
  {
    name: "nothing is carried out after its time",
    violations: (evidence) =>
      evidence.world.writes.flatMap((write) => {
        const operation = operationOf(write);
        // What was told is kept however late it comes.
        if (!operation.startsWith("op_") || write.table === "operations" || write.table === "audit") return [];
        // A mail on what has happened is not sent so late, and that is written.
        if (SECURITY_TEMPLATES.has(write.value["template"])) return [];
        // What follows an answer comes to its end.
        if (WITHOUT_DEADLINE.some((command) => write.writtenBy.includes(`/${command}`))) return [];
        if (write.key.sk.startsWith("slot#") && mergeEvidence(evidence).merges.has(operation)) return [];
        const age = write.at - receivedAtOf(operation);
        return age > DAY_MS + SKEW_MS * 2
          ? [`${write.writtenBy} wrote ${Math.round(age / 3_600_000)} h after it was asked for`]
          : [];
      }),
  },
  {
    name: "no queue is left with anything, and no dead letter is made",
    violations: ({ world }) =>
      queues.flatMap((name) => [
        ...world.broker.held(name).map(() => `${name} holds a message for ever`),
        ...world.broker
          .held(deadLetterQueueOf(name))
          .map(({ attributes }) => `${name}: dead letter, ${attributes["deadLetterReason"]}`),
      ]),
  },
  {
    name: "an old message sent once more changes nothing",
    violations: ({ writesAfterRedrive, mailsAfterRedrive }) => [
      ...writesAfterRedrive
        .filter((write) => !saysItTwice(write))
        .map((write) => `${write.writtenBy} wrote ${write.table} again`),
      ...(mailsAfterRedrive > 0 ? [`${mailsAfterRedrive} mails went out again`] : []),
    ],
  },
  {
    name: "no token, link or code stands anywhere in the clear",
    violations: ({ world, clients }) => {
      const stored = [
        ...world.writes.map(({ value }) => JSON.stringify(value)),
        ...world.sent.map(({ message }) => message.body),
        ...world.broker.published("events").map(({ body }) => body),
      ].join("\n");
      const told = clients.heard.flatMap(({ answer }) => {
        if (answer.kind !== "done") return [];
        const tokens = answer.body["tokens"] as
          | { readonly accessToken: string; readonly refreshToken: string }
          | undefined;
        return tokens !== undefined && [tokens.accessToken, tokens.refreshToken].some((token) => stored.includes(token))
          ? [`${answer.operationId}: its tokens stand in a table or a queue`]
          : [];
      });
      const mailed = world.mails.flatMap(({ messageId, link, code }) => {
        // Six digits are in every timestamp: as a value of their own they are a code.
        const forms = [
          ...(link === undefined ? [] : [link]),
          ...(code === undefined ? [] : [`"${code}"`, `\\"${code}\\"`]),
        ];
        return forms.some((form) => stored.includes(form))
          ? [`${messageId}: what it says stands in a table or a queue`]
          : [];
      });
      return [...told, ...mailed];
    },
  },
];

/** Each is true on every schedule, in any weather. */
export const invariants: readonly Invariant[] = [
  ...systemInvariants,
  ...eventInvariants,
  ...challengeInvariants,
  ...mailInvariants,
  ...lifetimeInvariants,
  ...pullInvariants,
  ...sweepInvariants,
  ...rosterInvariants,
  ...auditInvariants,
  ...mergeInvariants,
  ...accountInvariants,
  ...secondFactorInvariants,
  ...securityMailInvariants,
];

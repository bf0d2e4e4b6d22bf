import type { AccessTokenClaims } from "@lanyard/session-manager";
import type { Heard, Tokens } from "./clients.ts";
import { type Evidence, type Invariant, lastStates, sessionWrites, stateOf, VIEW_MS } from "./evidence.ts";
import {
  firstAskedAt,
  isVoidedBy,
  lastRevocations,
  openings,
  overdueRevocations,
  pullWrites,
  revocationOf,
  revocationWrites,
  standingPulls,
  voidSinceOf,
} from "./pull-evidence.ts";

const askedAtOf = (evidence: Evidence, { key, askedAt }: Heard): number =>
  key === undefined ? askedAt : (firstAskedAt(evidence).get(key) ?? askedAt);

/** The access tokens that people were told, with what they asked for. */
const told = (evidence: Evidence): readonly { readonly heard: Heard; readonly claims: AccessTokenClaims }[] =>
  evidence.clients.heard.flatMap((heard) => {
    if (heard.answer.kind !== "done") return [];
    const tokens = heard.answer.body["tokens"] as Tokens | undefined;
    const claims = tokens === undefined ? undefined : evidence.world.signing.read(tokens.accessToken);
    return claims === undefined ? [] : [{ heard, claims }];
  });

const isByOperator = ({ revoked }: { readonly revoked?: { readonly reason: string } }): boolean =>
  revoked?.reason === "operator";

/** What is true of pulls of the andon cord, and of whoever they name. */
export const pullInvariants: readonly Invariant[] = [
  {
    name: "pulls are numbered from 1 without a gap, and a revocation has one number for ever",
    violations(evidence) {
      const numbers = new Map<string, Set<number>>();
      const given = (revocationId: string, number: number) =>
        numbers.set(revocationId, (numbers.get(revocationId) ?? new Set()).add(number));
      const found = standingPulls(evidence).flatMap(({ number, revocationId }, index) => {
        given(revocationId, number);
        return number === index + 1 ? [] : [`pull ${number} was written as the ${index + 1}.`];
      });
      for (const write of revocationWrites(evidence)) {
        const { revocationId, effective } = revocationOf(write);
        if (effective !== undefined) given(revocationId, effective.number);
      }
      for (const [id, of] of numbers) if (of.size > 1) found.push(`${id} has the numbers ${[...of].join(" and ")}`);
      return found;
    },
  },
  {
    name: "whoever is told of a pull is told of one that stands",
    violations(evidence) {
      const stoodAt = new Map(standingPulls(evidence).map((pull) => [pull.revocationId, pull.stoodAt]));
      return evidence.clients.heard.flatMap(({ what, answer, revocationId = "", heardAt }) =>
        what === "pull" &&
        answer.kind === "done" &&
        (answer.body["revocationId"] !== revocationId ||
          (stoodAt.get(revocationId) ?? Number.POSITIVE_INFINITY) > heardAt)
          ? [`${answer.operationId}: ${revocationId} is said to be in force, and is not`]
          : [],
      );
    },
  },
  {
    name: "nobody is let in by a void session once a gateway can know",
    violations: (evidence) =>
      pullWrites(evidence).length === 0
        ? []
        : evidence.clients.heard.flatMap(({ what, answer, sessionId = "", askedAt }) => {
            const late = askedAt - voidSinceOf(evidence, sessionId);
            return what === "access" && answer.kind === "admitted" && late > VIEW_MS
              ? [`${sessionId} admitted ${late} ms after it was void`]
              : [];
          }),
  },
  {
    name: "no refresh succeeds that was asked for after a pull had voided the session",
    violations: (evidence) =>
      pullWrites(evidence).length === 0
        ? []
        : evidence.clients.heard.flatMap((heard) => {
            const { what, answer, sessionId = "" } = heard;
            const late = askedAtOf(evidence, heard) > voidSinceOf(evidence, sessionId);
            return (what === "refresh" || what === "theft") && answer.kind === "done" && late
              ? [`${sessionId} refreshed though it is void`]
              : [];
          }),
  },
  {
    name: "a session ends by a pull only if it is named, and was opened before",
    violations(evidence) {
      const pulls = standingPulls(evidence);
      const marked = [...lastStates(evidence).values()].flatMap((session) => {
        if (!isByOperator(session)) return [];
        const by = pulls.find((pull) => isVoidedBy(pull, session) && pull.at === session.revoked?.at);
        const { operationId } = lastRevocations(evidence).get(by?.revocationId ?? "") ?? {};
        return operationId === session.revoked?.operationId
          ? []
          : [`${session.sessionId} is marked as ended by an operator, for no pull that voids it`];
      });
      const refused = evidence.clients.heard.flatMap(({ what, answer, sessionId = "", heardAt }) =>
        what === "access" &&
        answer.kind === "refused" &&
        answer.why === "operator" &&
        voidSinceOf(evidence, sessionId) > heardAt
          ? [`${sessionId} was refused for a pull that does not void it`]
          : [],
      );
      return [...marked, ...refused];
    },
  },
  {
    name: "whoever signs in after a pull is not named by it",
    violations(evidence) {
      const pulls = standingPulls(evidence);
      if (pulls.length === 0) return [];
      return told(evidence).flatMap(({ heard, claims }) => {
        const opened = openings(evidence).get(claims.sid)?.session;
        // What had to end before it was opened bears the stamp of whoever it ended for.
        const isOpening = (heard.what === "sign-in" || heard.what === "proof") && opened?.revoked === undefined;
        const since = askedAtOf(evidence, heard);
        const missed = pulls.find(({ number, stoodAt }) => stoodAt < since && number > claims.pull);
        return isOpening && missed !== undefined
          ? [`${claims.sid} bears ${claims.pull}, and was asked for after pull ${missed.number}`]
          : [];
      });
    },
  },
  {
    name: "a session keeps the stamp that it was opened with, and its tokens bear it",
    violations(evidence) {
      if (pullWrites(evidence).length === 0) return [];
      const stampOf = (sessionId: string): number | undefined => openings(evidence).get(sessionId)?.session.pull;
      return [
        ...sessionWrites(evidence)
          .filter((write) => stateOf(write).pull !== stampOf(stateOf(write).sessionId))
          .map(({ key, writtenBy }) => `${key.sk} has another stamp from ${writtenBy}`),
        ...told(evidence)
          .filter(({ claims }) => claims.pull !== stampOf(claims.sid))
          .map(({ claims }) => `a token of ${claims.sid} bears ${claims.pull}, its session does not`),
      ];
    },
  },
  {
    name: "a pull is told of, and the end of its sweep",
    violations(evidence) {
      const { world } = evidence;
      const published = new Set(
        world.broker.published("events").flatMap(({ attributes, body }) => {
          if (!attributes["type"]?.startsWith("andon.")) return [];
          const { type, data } = JSON.parse(body) as { type: string; data: { revocationId: string; number: number } };
          return [`${type} ${data.revocationId} ${data.number}`];
        }),
      );
      return [...lastRevocations(evidence).values()].flatMap(({ revocationId, effective, sweep }) => {
        if (overdueRevocations(evidence).has(revocationId)) return [];
        if (effective === undefined) return [`${revocationId} has never come into force`];
        const missing = ["andon.pulled", ...(sweep?.doneAt === undefined ? [] : ["andon.swept"])].filter(
          (type) => !published.has(`${type} ${revocationId} ${effective.number}`),
        );
        return missing.map((type) => `${revocationId}: nobody was told ${type}`);
      });
    },
  },
  {
    name: "what has ended keeps the reason that it ended for, and no generation comes back",
    violations(evidence) {
      const before = new Map<string, ReturnType<typeof stateOf>>();
      return sessionWrites(evidence).flatMap((write) => {
        const state = stateOf(write);
        const was = before.get(state.sessionId);
        before.set(state.sessionId, state);
        if (was === undefined) return [];
        const { revoked } = was;
        const isOther =
          revoked !== undefined &&
          (revoked.reason !== state.revoked?.reason || revoked.operationId !== state.revoked.operationId);
        return [
          ...(isOther ? [`${state.sessionId}: ${revoked.reason} became ${state.revoked?.reason}`] : []),
          ...(state.generation < was.generation ? [`${state.sessionId}: generation ${was.generation} came back`] : []),
        ];
      });
    },
  },
];

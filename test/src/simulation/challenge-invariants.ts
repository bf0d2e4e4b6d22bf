import { ADDRESS_ATTEMPTS, CHALLENGE_ATTEMPTS } from "@lanyard/contracts";
import type { Heard, Proof } from "./clients.ts";
import {
  BLUR_MS,
  crowded,
  DAY_MS,
  type Evidence,
  grouped,
  type Invariant,
  operationOf,
  receivedAtOf,
  sessionWrites,
  stateOf,
  writesOf,
} from "./evidence.ts";

interface ChallengeState {
  readonly challengeId: string;
  readonly email: string;
  readonly codeExpiresAt: string;
  readonly linkExpiresAt?: string;
  readonly attempts: readonly string[];
  readonly used?: { readonly operationId: string; readonly by: string };
}

/** An answer to a challenge, and what came of it. */
interface Proven {
  readonly heard: Heard;
  readonly proof: Proof;
}

const proofs = ({ clients }: Evidence): readonly Proven[] =>
  clients.heard.flatMap((heard) => (heard.proof === undefined ? [] : [{ heard, proof: heard.proof }]));

/** Answers that signed in, with the operation that did. */
const successes = (evidence: Evidence): readonly (Proven & { operationId: string; userId: string })[] =>
  proofs(evidence).flatMap(({ heard, proof }) => {
    if (heard.answer.kind !== "done") return [];
    const { operationId, body } = heard.answer;
    return [{ heard, proof, operationId, userId: (body["user"] as { id: string }).id }];
  });

const challengeStates = (evidence: Evidence): readonly ChallengeState[] =>
  writesOf(evidence, "token", "challenge#").map(({ value }) => value as unknown as ChallengeState);
const lastChallenges = (evidence: Evidence): ReadonlyMap<string, ChallengeState> =>
  new Map(challengeStates(evidence).map((state) => [state.challengeId, state]));

/** What stands in the end, whatever writers believed. */
const standing = ({ world }: Evidence, table: string, sk: string) =>
  (world.stores.get(table)?.dump() ?? []).filter((item) => item.key.sk === sk).map(({ value }) => value);

const isRight = ({ world }: Evidence, { by, challengeId, code = "" }: Proof): boolean =>
  by === "link" || world.issued.get(challengeId)?.has(code) === true;

const expiryOf = (challenge: ChallengeState, { by }: Proof): number =>
  Date.parse(by === "link" ? (challenge.linkExpiresAt ?? challenge.codeExpiresAt) : challenge.codeExpiresAt);

/** Wrong codes that were compared for an address, each with when it was first asked. */
function wrongGuesses(evidence: Evidence): ReadonlyMap<string, readonly number[]> {
  const askedAt = new Map<string, number>();
  for (const { heard, proof } of proofs(evidence)) {
    const name = `${proof.challengeId} ${proof.code}`;
    askedAt.set(name, Math.min(askedAt.get(name) ?? heard.askedAt, heard.askedAt));
  }
  const guesses = new Map<string, Map<string, number>>();
  for (const { challengeId, email, code, at } of evidence.world.comparisons) {
    if (evidence.world.issued.get(challengeId)?.has(code) === true) continue;
    const name = `${challengeId} ${code}`;
    guesses.set(email, (guesses.get(email) ?? new Map()).set(name, askedAt.get(name) ?? at));
  }
  return new Map([...guesses].map(([email, times]) => [email, [...times.values()].sort((one, other) => one - other)]));
}

/** Why a right answer may be refused: somebody else was faster, or guessed too often, or it came too late. */
function mayBeRefused(evidence: Evidence, { heard, proof }: Proven, challenge: ChallengeState | undefined): boolean {
  const { answer } = heard;
  if (answer.kind !== "problem" || challenge === undefined) return false;
  const { code, operationId = "" } = answer;
  if (code === "token_already_used") return challenge.used !== undefined && challenge.used.operationId !== operationId;
  if (code === "magic_link_expired" || code === "otp_expired")
    return receivedAtOf(operationId) >= expiryOf(challenge, proof);
  if (code === "otp_attempts_exceeded") {
    const others = challenge.attempts.filter((attempt) => attempt !== operationId);
    return others.length >= CHALLENGE_ATTEMPTS || codesTriedFor(evidence, proof.email) > ADDRESS_ATTEMPTS;
  }
  return NOTHING_DECIDED.has(code);
}

/** Problems that say nothing of the answer that was given. */
const NOTHING_DECIDED = new Set(["service_unavailable", "operation_in_progress", "operation_expired", "outcome_gone"]);

const codesTriedFor = (evidence: Evidence, email: string): number =>
  proofs(evidence).filter(({ proof }) => proof.email === email && proof.by === "code").length;

/** What is true of challenges, of who answers them, and of the accounts that this makes. */
export const challengeInvariants: readonly Invariant[] = [
  {
    name: "a challenge signs in one operation, by link or by code",
    violations(evidence) {
      const used = challengeStates(evidence).flatMap(({ challengeId, used: by }) =>
        by === undefined ? [] : [{ challengeId, operationId: by.operationId }],
      );
      const told = successes(evidence).map(({ proof, operationId }) => ({ ...proof, operationId }));
      const all = grouped(
        [...used, ...told],
        ({ challengeId }) => challengeId,
        ({ operationId }) => operationId,
      );
      return crowded(all).map(([challengeId, size]) => `${challengeId} signed in ${size} operations`);
    },
  },
  {
    name: "nobody is signed in by mail but the operation that a challenge names",
    violations(evidence) {
      const challenges = lastChallenges(evidence);
      const waiting = writesOf(evidence, "identity", "second-factor#").map(
        ({ value }) => value as unknown as ChallengeState,
      );
      const named = new Set([...challenges.values(), ...waiting].map(({ used }) => used?.operationId));
      const opened = sessionWrites(evidence).filter(
        (write) => write.writtenBy.endsWith("/session.open") && /magic_link|email_otp/.test(stateOf(write).method),
      );
      return [
        ...opened.map(operationOf).filter((operation) => !named.has(operation)),
        ...successes(evidence)
          .filter(({ proof, operationId }) => challenges.get(proof.challengeId)?.used?.operationId !== operationId)
          .map(({ operationId }) => operationId),
      ].map((operation) => `${operation} signed in, and no challenge names it`);
    },
  },
  {
    name: "an address has one account",
    violations(evidence) {
      const told = successes(evidence);
      const accounts = grouped(
        told,
        ({ proof }) => proof.email,
        ({ userId }) => userId,
      );
      const claims = new Map(standing(evidence, "identity", "claim").map((claim) => [claim["email"], claim["userId"]]));
      const profiles = new Map(standing(evidence, "identity", "profile").map((user) => [user["userId"], user]));
      return [
        ...crowded(accounts).map(([email, size]) => `${email} has ${size} accounts`),
        ...told
          .filter(({ proof, userId }) => claims.get(proof.email) !== userId)
          .map(({ proof, userId }) => `${userId} is signed in for ${proof.email}, and the claim names another`),
        ...told
          .filter(({ proof, userId }) => {
            const profile = profiles.get(userId);
            return profile?.["email"] !== proof.email || profile["userKind"] !== "account";
          })
          .map(({ proof, userId }) => `${userId} does not carry ${proof.email}`),
      ];
    },
  },
  {
    name: "an account stands before there is a session of it",
    violations(evidence) {
      const since = new Map<unknown, number>();
      for (const { key, value, at } of writesOf(evidence, "identity", "user#").toReversed()) {
        if (key.sk === "profile") since.set(value["userId"], at);
      }
      return sessionWrites(evidence)
        .filter(({ value, at }) => at < (since.get(value["userId"]) ?? Number.POSITIVE_INFINITY))
        .map(({ key }) => `${key.sk} was opened for nobody`);
    },
  },
  {
    name: "an account is told of under one id",
    violations({ world }) {
      const created = world.broker.published("events").flatMap(({ body }) => {
        const event = JSON.parse(body) as { id: string; type: string; data: { userId: string } };
        return event.type === "user.created" ? [event] : [];
      });
      const ids = grouped(
        created,
        ({ data }) => data.userId,
        ({ id }) => id,
      );
      return crowded(ids).map(([userId, size]) => `${userId} was created in ${size} events`);
    },
  },
  {
    name: "five codes at most are compared for a challenge",
    violations({ world }) {
      const codes = grouped(
        world.comparisons,
        ({ challengeId }) => challengeId,
        ({ code }) => code,
      );
      return crowded(codes, CHALLENGE_ATTEMPTS).map(([id, size]) => `${id}: ${size} codes were compared`);
    },
  },
  {
    name: "twenty wrong codes at most are compared for an address in a day",
    violations: (evidence) =>
      [...wrongGuesses(evidence)].flatMap(([email, times]) =>
        times.some((at, index) => (times[index + ADDRESS_ATTEMPTS] ?? Number.POSITIVE_INFINITY) < at + DAY_MS - BLUR_MS)
          ? [`${email}: more than ${ADDRESS_ATTEMPTS} codes were compared in a day`]
          : [],
      ),
  },
  {
    name: "every wrong code is told its own number of those that are left",
    violations(evidence) {
      const told = proofs(evidence).flatMap(({ proof, heard: { answer } }) =>
        answer.kind === "problem" && answer.code === "otp_invalid"
          ? [{ name: `${proof.challengeId} ${answer.attemptsLeft}`, operationId: answer.operationId }]
          : [],
      );
      const absurd = told.filter(({ name }) => !/ [0-4]$/.test(name)).map(({ name }) => `${name} left`);
      const same = grouped(
        told,
        ({ name }) => name,
        ({ operationId }) => operationId,
      );
      return [...absurd, ...crowded(same).map(([name, size]) => `${name} left: told to ${size} guesses`)];
    },
  },
  {
    name: "a right answer in time is refused only for what others did",
    violations(evidence) {
      const challenges = lastChallenges(evidence);
      return proofs(evidence).flatMap((proven) => {
        const { heard, proof } = proven;
        const { answer } = heard;
        if (answer.kind !== "problem" || !isRight(evidence, proof)) return [];
        return mayBeRefused(evidence, proven, challenges.get(proof.challengeId))
          ? []
          : [`${answer.operationId}: ${answer.code} for the ${proof.by} of ${proof.challengeId}`];
      });
    },
  },
  {
    name: "no answer signs in that was received after its time, and no wrong one",
    violations(evidence) {
      const challenges = lastChallenges(evidence);
      return successes(evidence).flatMap(({ proof, operationId }) => {
        const challenge = challenges.get(proof.challengeId);
        const inTime = challenge !== undefined && receivedAtOf(operationId) < expiryOf(challenge, proof);
        return inTime && isRight(evidence, proof) ? [] : [`${operationId} signed in by ${proof.by}, late or wrong`];
      });
    },
  },
];

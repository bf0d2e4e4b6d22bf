import type { CommandMessage, RevocationScope } from "@lanyard/contracts";
import { type Evidence, type SessionState, sessionWrites, stateOf, writesOf } from "./evidence.ts";
import type { Write } from "./world.ts";

/** A pull, with when its item came to stand: from then on it is in force. */
export interface StandingPull {
  readonly number: number;
  readonly revocationId: string;
  readonly scope: RevocationScope;
  readonly at: string;
  readonly stoodAt: number;
}

export interface RevocationState {
  readonly revocationId: string;
  readonly operationId: string;
  readonly effective?: { readonly number: number; readonly at: string };
  readonly sweep?: {
    readonly step: number;
    readonly matched: number;
    readonly swept: number;
    readonly doneAt?: string;
  };
}

/** Computed once: most runs have no pull, and most invariants ask. */
function once<T>(compute: (evidence: Evidence) => T): (evidence: Evidence) => T {
  const known = new WeakMap<Evidence, { readonly value: T }>();
  return (evidence) => {
    const found = known.get(evidence) ?? { value: compute(evidence) };
    known.set(evidence, found);
    return found.value;
  };
}

/** As they were written, in that order. */
export const pullWrites = once((evidence) => writesOf(evidence, "session", "pull#"));

export const standingPulls = once((evidence): readonly StandingPull[] =>
  pullWrites(evidence).map(({ value, at }) => ({ ...(value as unknown as StandingPull), stoodAt: at })),
);

export const revocationWrites = once((evidence) => writesOf(evidence, "session", "bulk#"));
export const revocationOf = (write: Write): RevocationState => write.value as unknown as RevocationState;
export const lastRevocations = once(
  (evidence): ReadonlyMap<string, RevocationState> =>
    new Map(revocationWrites(evidence).map((write) => [revocationOf(write).revocationId, revocationOf(write)])),
);

/** Each session as it was first written, and when. */
export const openings = once(
  (evidence): ReadonlyMap<string, { readonly at: number; readonly session: SessionState }> => {
    const first = new Map<string, { readonly at: number; readonly session: SessionState }>();
    for (const write of sessionWrites(evidence)) {
      const session = stateOf(write);
      if (!first.has(session.sessionId)) first.set(session.sessionId, { at: write.at, session });
    }
    return first;
  },
);

/** What a scope says, in the plainest words there are. */
export function names(scope: RevocationScope, session: SessionState): boolean {
  switch (scope.kind) {
    case "all":
      return true;
    case "user":
      return session.userId === scope.userId;
    case "anonymous":
      return session.userKind === "anonymous";
    case "accounts":
      return session.userKind !== "anonymous";
    case "method":
      return session.method === scope.method;
    case "openedBefore":
      return session.openedAt.slice(0, 19) < scope.at.slice(0, 19);
    case "ipRange":
      // Whole numbers between dots, as people and operators here have them; who has none may have come from anywhere.
      return session.client === undefined || session.client.ip.startsWith(scope.cidr.replace(/0\/24$/, ""));
  }
}

export const isVoidedBy = ({ number, scope }: StandingPull, session: SessionState): boolean =>
  session.pull < number && names(scope, session);

/** Since when a session is void; `Infinity`: it is not. */
export function voidSince(evidence: Evidence, session: SessionState): number {
  const sinces = voidSinces(evidence);
  const known = sinces.get(session.sessionId);
  if (known !== undefined) return known;
  const since = Math.min(
    Number.POSITIVE_INFINITY,
    ...standingPulls(evidence).flatMap((pull) => (isVoidedBy(pull, session) ? [pull.stoodAt] : [])),
  );
  sinces.set(session.sessionId, since);
  return since;
}
const voidSinces = once(() => new Map<string, number>());

/** Since when a session is void of which only the id is known. */
export function voidSinceOf(evidence: Evidence, sessionId: string): number {
  const opening = openings(evidence).get(sessionId);
  return opening === undefined ? Number.POSITIVE_INFINITY : voidSince(evidence, opening.session);
}

/** Every operation that asked for a pull, with its revocation. */
export const askingOperations = once((evidence): ReadonlyMap<string, string> => {
  const asked = new Map<string, string>();
  for (const { queue, message } of evidence.world.sent) {
    if (queue !== "session" || !message.body.includes('"session.revokeInBulk"')) continue;
    const { operationId, input } = JSON.parse(message.body) as CommandMessage;
    asked.set(operationId, String(input["revocationId"]));
  }
  return asked;
});

/** Revocations with a message that came when its time was over: nothing more happened to them. */
export const overdueRevocations = once(
  (evidence): ReadonlySet<string> =>
    new Set([...askingOperations(evidence)].flatMap(([id, of]) => (evidence.world.overdue.has(id) ? [of] : []))),
);

/** When each thing was first asked for, by its key. */
export const firstAskedAt = once((evidence): ReadonlyMap<string, number> => {
  const first = new Map<string, number>();
  for (const { key, askedAt } of evidence.clients.heard) {
    if (key !== undefined) first.set(key, Math.min(first.get(key) ?? askedAt, askedAt));
  }
  return first;
});

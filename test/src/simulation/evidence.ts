import type { Clients } from "./clients.ts";
import type { VerifiedLog } from "./sealing.ts";
import type { World, Write } from "./world.ts";

/** What an auditor has before it: what clients heard, and everything that was ever stored. */
export interface Evidence {
  readonly world: World;
  readonly clients: Clients;
  /** Writes to users and sessions after old messages were sent once more. */
  readonly writesAfterRedrive: readonly Write[];
  /** Mails that went out then. */
  readonly mailsAfterRedrive: number;
  /** What a verification of the sealed log says; undefined: nobody has sealed it. */
  readonly verified: VerifiedLog | undefined;
}

export interface Invariant {
  readonly name: string;
  /** What contradicts it; empty: it holds. */
  readonly violations: (evidence: Evidence) => readonly string[];
}

export interface SessionState {
  readonly sessionId: string;
  readonly userId: string;
  readonly userKind: "anonymous" | "account";
  readonly method: string;
  readonly openedAt: string;
  readonly generation: number;
  readonly expiresAt: string;
  readonly rotations: readonly { readonly generation: number; readonly operationId: string; readonly at: string }[];
  readonly pull: number;
  readonly client?: { readonly ip: string };
  readonly replaces?: readonly string[];
  readonly revoked?: { readonly at: string; readonly reason: string; readonly operationId: string };
}

export const DAY_MS = 86_400_000;
export const SKEW_MS = 4 * 60_000;
/** What processes know of the common time is up to a second late, and a call takes its time. */
export const BLUR_MS = 1_500;
/** A view is at most this old when it still lets anyone in. */
export const VIEW_MS = 8_000;

export const operationOf = (write: Write): string => write.writtenBy.split("/")[0] ?? "";
export const receivedAtOf = (operationId: string): number => Number.parseInt(operationId.slice(3, 15), 16);
export const writesOf = ({ world }: Evidence, table: string, prefix: string): readonly Write[] =>
  world.writes.filter(
    (write) => write.table === table && (write.key.sk.startsWith(prefix) || write.key.pk.startsWith(prefix)),
  );
export const sessionWrites = (evidence: Evidence): readonly Write[] => {
  const writes = sessionWritesOf.get(evidence) ?? writesOf(evidence, "session", "session#");
  sessionWritesOf.set(evidence, writes);
  return writes;
};
/** Most invariants look at them. */
const sessionWritesOf = new WeakMap<Evidence, readonly Write[]>();
export const stateOf = (write: Write): SessionState => write.value as unknown as SessionState;
export const lastStates = (evidence: Evidence): ReadonlyMap<string, SessionState> => {
  const known =
    lastStatesOf.get(evidence) ??
    new Map(sessionWrites(evidence).map((write) => [stateOf(write).sessionId, stateOf(write)]));
  lastStatesOf.set(evidence, known);
  return known;
};
const lastStatesOf = new WeakMap<Evidence, ReadonlyMap<string, SessionState>>();

/** Users, as they were written. */
export const profilesOf = (evidence: Evidence): readonly Write[] =>
  writesOf(evidence, "identity", "user#").filter(({ key }) => key.sk === "profile");

/** What belongs to each name. */
export function grouped<T, Value>(
  all: Iterable<T>,
  nameOf: (each: T) => string,
  valueOf: (each: T) => Value,
): ReadonlyMap<string, ReadonlySet<Value>> {
  const groups = new Map<string, Set<Value>>();
  for (const each of all) groups.set(nameOf(each), (groups.get(nameOf(each)) ?? new Set()).add(valueOf(each)));
  return groups;
}

/** The names that more than `most` different things belong to. */
export const crowded = (
  groups: ReadonlyMap<string, ReadonlySet<unknown>>,
  most = 1,
): readonly (readonly [string, number])[] =>
  [...groups].filter(([, { size }]) => size > most).map(([name, { size }]) => [name, size]);

import { isDeepStrictEqual } from "node:util";
import { commands, type EventMessage, flows, type RecordedOutcome } from "@lanyard/contracts";
import { openFields } from "@lanyard/messaging";
import { parseKeyring, sealing } from "@lanyard/secrets";
import { decodeJwt } from "jose";
import type { SignedIn, Told } from "./load.ts";

export interface AuditedItem {
  readonly writtenBy: string;
  readonly version: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What stands when everything has come to rest. */
export interface AuditedState {
  readonly users: readonly AuditedItem[];
  readonly sessions: readonly AuditedItem[];
  readonly outcomes: readonly AuditedItem[];
  /** Every different body that was published; absent when nobody listened. */
  readonly eventBodies?: readonly string[];
  /** By queue. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

/**
 * Everything in which a state is not what it should be after these sign-ins: each accepted one has ended in success once
 * and as its client was told, each other one is whole or has left nothing, and nobody's dead letters lie about.
 */
export async function findFaults(
  state: AuditedState,
  told: readonly Told[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const faults = Object.entries(state.deadLetters).flatMap(([queue, count]) =>
    count === 0 ? [] : [`${queue}: ${count} dead letters`],
  );
  const byOperation = {
    users: grouped(state.users, operationOf),
    sessions: grouped(state.sessions, openedBy(state.users)),
    outcomes: grouped(state.outcomes, operationOf),
    events: grouped(
      (state.eventBodies ?? []).map((body) => JSON.parse(body) as EventMessage),
      (event) => event.operationid,
    ),
  };
  const expectedEvents = state.eventBodies === undefined ? "" : "session.opened,user.created";
  const standing = new Set(Object.values(byOperation).flatMap((groups) => [...groups.keys()]));
  const results = new Map<string, SignedIn>();
  for (const operationId of standing) {
    const users = byOperation.users.get(operationId) ?? [];
    const sessions = byOperation.sessions.get(operationId) ?? [];
    const outcomes = byOperation.outcomes.get(operationId) ?? [];
    const types = (byOperation.events.get(operationId) ?? []).map(({ type }) => type).sort();
    const [user, session, outcome] = [users[0], sessions[0], outcomes[0]];
    const counts = `${users.length} users, ${sessions.length} sessions, ${outcomes.length} outcomes, events ${types.join()}`;
    if (counts !== `1 users, 1 sessions, 1 outcomes, events ${expectedEvents}`) {
      faults.push(`${operationId}: ${counts}`);
      continue;
    }
    if (user === undefined || session === undefined || outcome === undefined) continue;
    for (const { writtenBy, version } of [user, session, outcome]) {
      if (version !== 1 && !isOfUse(writtenBy)) faults.push(`${writtenBy}: written ${version} times`);
    }
    const signedIn = await resultOf(outcome.value as unknown as RecordedOutcome, env);
    if (signedIn === undefined) {
      faults.push(`${operationId}: ${JSON.stringify(outcome.value["outcome"])}`);
      continue;
    }
    results.set(operationId, signedIn);
    const { sub, sid } = decodeJwt(signedIn.tokens.accessToken);
    const userIds = [user.value["userId"], session.value["userId"], signedIn.user.id, sub];
    const sessionIds = [session.value["sessionId"], signedIn.session.id, sid];
    if (new Set(userIds).size > 1) faults.push(`${operationId}: is about users ${userIds.join()}`);
    if (new Set(sessionIds).size > 1) faults.push(`${operationId}: is about sessions ${sessionIds.join()}`);
  }

  for (const { status, operationId, signedIn } of told) {
    if (status !== 201 && status !== 202) continue;
    const result = results.get(operationId ?? "");
    if (result === undefined) faults.push(`${operationId}: was answered ${status} and has not ended in success`);
    else if (!isDeepStrictEqual(signedIn, result)) {
      faults.push(`${operationId}: the client was told ${JSON.stringify(signedIn)}, ${JSON.stringify(result)} stands`);
    }
  }
  const heardOf = new Set(told.map(({ operationId }) => operationId));
  const unheard = [...standing].filter((operationId) => !heardOf.has(operationId)).length;
  const silent = told.filter(({ operationId }) => operationId === undefined).length;
  if (unheard > silent) faults.push(`${unheard} operations that no client heard of, but only ${silent} heard nothing`);
  for (const [what, ids] of Object.entries(idsOf(state, results))) {
    if (new Set(ids).size !== ids.length) faults.push(`${ids.length} ${what}, but only ${new Set(ids).size} different`);
  }
  return faults;
}

const operationOf = ({ writtenBy }: AuditedItem): string => writtenBy.split("/")[0] ?? "";

/** A session that is used while a test goes on for over a minute is written again by each use. */
const isOfUse = (writtenBy: string): boolean => writtenBy.includes(`/${commands.session.touch.name}`);

/** Which operation has opened a session: who has used it since says nothing of that, its user does. */
function openedBy(users: readonly AuditedItem[]): (session: AuditedItem) => string {
  const operations = new Map(users.map((user) => [user.value["userId"], operationOf(user)]));
  return (session) =>
    (isOfUse(session.writtenBy) ? operations.get(session.value["userId"]) : undefined) ?? operationOf(session);
}

const idsOf = ({ users, sessions }: AuditedState, results: ReadonlyMap<string, SignedIn>) => ({
  users: users.map(({ value }) => value["userId"]),
  sessions: sessions.map(({ value }) => value["sessionId"]),
  "access tokens": [...results.values()].map(({ tokens }) => decodeJwt(tokens.accessToken).jti),
});

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The result with its tokens opened; undefined when it was none. */
async function resultOf(
  { operationId, outcome }: RecordedOutcome,
  env: Readonly<Record<string, string>>,
): Promise<SignedIn | undefined> {
  if (outcome.state !== "succeeded") return undefined;
  const boxes = sealing(parseKeyring(env["LANYARD_SEALING_KEYS"] ?? ""));
  const { result } = flows.createAnonymousSession;
  return (await openFields(boxes, operationId, result, outcome.result)) as unknown as SignedIn;
}

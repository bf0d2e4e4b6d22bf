import {
  BLUR_MS,
  DAY_MS,
  type Evidence,
  type Invariant,
  lastStates,
  receivedAtOf,
  SKEW_MS,
  sessionWrites,
  stateOf,
} from "./evidence.ts";
import { voidSinceOf } from "./pull-evidence.ts";

const IDLE_MS = 30 * DAY_MS;
const ACCOUNT_MAX_MS = 90 * DAY_MS;

/** When each session was used: for certain, or perhaps. */
function usesOf({ clients, world }: Evidence, sessionId: string): { certain: number[]; all: number[] } {
  const certain: number[] = [];
  const all: number[] = [];
  for (const { what, sessionId: of, answer, askedAt, heardAt } of clients.heard) {
    if (of !== sessionId || (what !== "refresh" && what !== "theft" && what !== "use")) continue;
    all.push(askedAt, heardAt);
    if (answer.kind === "done") certain.push(receivedAtOf(answer.operationId));
    // A use that nobody waits for may be lost, where messages come days late.
    if (answer.kind === "accepted" && world.isFair) certain.push(receivedAtOf(answer.operationId));
  }
  return { certain, all };
}

/** What is true of how long sessions last. */
export const lifetimeInvariants: readonly Invariant[] = [
  {
    name: "a session lives for 30 days from its last use, and an account's for 90 at most",
    violations(evidence) {
      const sessions = lastStates(evidence);
      return evidence.clients.heard.flatMap(({ what, sessionId = "", askedAt, heardAt, answer }) => {
        const session = sessions.get(sessionId);
        if (what !== "refresh" || session === undefined) return [];
        const opened = Date.parse(session.openedAt);
        const { certain, all } = usesOf(evidence, sessionId);
        const last = (uses: readonly number[], before: number): number =>
          Math.max(opened, ...uses.filter((at) => at < before));
        const end = (lastUse: number): number =>
          Math.min(
            lastUse + IDLE_MS,
            session.userKind === "account" ? opened + ACCOUNT_MAX_MS : Number.POSITIVE_INFINITY,
          );
        if (answer.kind === "done") {
          const at = receivedAtOf(answer.operationId);
          return at > end(last(all, at)) + SKEW_MS ? [`${sessionId} was refreshed when it was over`] : [];
        }
        const isOut = answer.kind === "problem" && answer.code === "refresh_token_invalid";
        const isVoid = voidSinceOf(evidence, sessionId) <= heardAt;
        const honest = session.revoked === undefined && !isVoid && !evidence.clients.robbed.has(sessionId);
        return isOut && honest && askedAt < end(last(certain, askedAt)) - SKEW_MS
          ? [`${sessionId} was out at ${askedAt}, though it was in use`]
          : [];
      });
    },
  },
  {
    name: "a use brings nothing back that has ended, and no end moves beyond its bounds",
    violations(evidence) {
      const before = new Map<string, { readonly expiresAt: number; readonly revoked: boolean }>();
      return sessionWrites(evidence).flatMap((write) => {
        const { sessionId, userKind, openedAt, expiresAt, revoked } = stateOf(write);
        const was = before.get(sessionId);
        before.set(sessionId, { expiresAt: Date.parse(expiresAt), revoked: revoked !== undefined });
        const latest = userKind === "account" ? Date.parse(openedAt) + ACCOUNT_MAX_MS : Number.POSITIVE_INFINITY;
        const found: string[] = [];
        if (Date.parse(expiresAt) > Math.min(latest, write.at + IDLE_MS + SKEW_MS))
          found.push(`${sessionId} is to end at ${expiresAt}`);
        if (was === undefined || !write.writtenBy.endsWith("/session.touch")) return found;
        if (was.revoked || write.at > was.expiresAt + BLUR_MS * 4) found.push(`${sessionId} was used after its end`);
        if (Date.parse(expiresAt) < was.expiresAt) found.push(`${sessionId} ends earlier for having been used`);
        return found;
      });
    },
  },
];

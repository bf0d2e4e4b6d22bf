import type { Handler } from "@lanyard/messaging";
import {
  bulkRevocationStore,
  deviceStore,
  endReported,
  endVisitor,
  offlineClientFacts,
  openSession,
  reportSession,
  reportStore,
  revocationLog,
  revokeAllSessions,
  revokeInBulk,
  revokeSession,
  rosterStore,
  rotateSession,
  sessionEndings,
  sessionPulls,
  sessionStore,
  stepUpSession,
  sweepRevoked,
  sweptSessions,
  touchSession,
} from "@lanyard/session-service";
import type { WorkerPorts } from "./worker-process.ts";

const DAY_SECONDS = 24 * 3600;
const lifetimes = {
  anonymousIdleSeconds: 30 * DAY_SECONDS,
  accountIdleSeconds: 30 * DAY_SECONDS,
  accountMaxSeconds: 90 * DAY_SECONDS,
};

/** Where the addresses are that people sign in from. */
const COUNTRIES: Readonly<Record<string, string>> = { "203.0.113.7": "DE", "203.0.113.9": "DE", "198.51.100.4": "FR" };

/** What the session worker does, with a deliberate defect where one is asked for. */
export function sessionHandlers({ world, clock, brokerNow, table }: WorkerPorts): readonly Handler[] {
  const { mutant, sessionLimit } = world;
  const items = table("session");
  const known = sessionPulls(items);
  const pulls = mutant?.pulls?.(known) ?? known;
  const sessions = sessionStore(items, pulls);
  const revocations = revocationLog(items);
  const bulk = bulkRevocationStore(items);
  const swept = sweptSessions(items);
  const at = { sessionTable: items, world };
  const deps = {
    sessions,
    pulls,
    bulkRevocations: mutant?.bulkRevocations?.(bulk, at) ?? bulk,
    sweptSessions: mutant?.sweptSessions?.(swept, at) ?? swept,
    revocations,
    rosters: rosterStore(items),
    sessionLimit,
    lifetimes: mutant?.lifetimes?.(lifetimes) ?? lifetimes,
    now: clock.now,
    brokerNow,
    devices: deviceStore(items),
    reports: reportStore(items),
    endings: sessionEndings(items, pulls),
    clientFacts: offlineClientFacts({ countryOf: (ip) => COUNTRIES[ip] }),
    ...(mutant?.decideRotation === undefined ? {} : { decide: mutant.decideRotation }),
  };
  return [
    openSession({
      ...deps,
      sessions: mutant?.rosterSessions?.(sessions, at) ?? sessions,
      revocations: mutant?.rosterRevocations?.(revocations) ?? revocations,
    }),
    rotateSession(deps),
    revokeSession(deps),
    touchSession({ ...deps, sessions: mutant?.touchedSessions?.(sessions) ?? sessions }),
    revokeInBulk(deps),
    sweepRevoked(deps),
    endVisitor(deps),
    revokeAllSessions(deps),
    reportSession(deps),
    endReported(deps),
    stepUpSession(deps),
  ];
}

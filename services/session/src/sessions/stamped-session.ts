import type { StampedSession } from "@lanyard/session-manager";
import type { Session } from "../session-store.ts";

/** What pulls ask of a session, as its item says it. */
export const stampedSession = ({
  userId,
  userKind,
  method,
  openedAt,
  client,
  pull: stamp,
}: Session): StampedSession => ({
  userId,
  userKind,
  method,
  openedAtSeconds: Math.floor(Date.parse(openedAt) / 1000),
  address: client === undefined ? { kind: "unknown" } : { kind: "known", ip: client.ip },
  stamp,
});

import type { sessionItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import type { SignInAddress } from "./is-in-scope.ts";
import type { StampedSession } from "./pull-index.ts";

type Session = ItemValue<typeof sessionItem>;

/** Where a session was signed in from, by its item. Of one without an item, or from before items said it, nothing is known. */
export const signInAddressOf = (session: Pick<Session, "client"> | undefined): SignInAddress =>
  session?.client === undefined ? { kind: "unknown" } : { kind: "known", ip: session.client.ip };

/** What pulls ask of a session, as its item says it. */
export const stampedSession = (session: Session): StampedSession => ({
  userId: session.userId,
  userKind: session.userKind,
  method: session.method,
  openedAtSeconds: Math.floor(Date.parse(session.openedAt) / 1000),
  address: signInAddressOf(session),
  stamp: session.pull,
});

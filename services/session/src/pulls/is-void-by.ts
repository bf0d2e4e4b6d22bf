import { isInScope, type Pull } from "@lanyard/session-manager";
import type { Session } from "../session-store.ts";
import { stampedSession } from "../sessions/stamped-session.ts";

/** Whether this one pull voids a session, whatever others do. */
export const isVoidBy = ({ number, scope }: Pick<Pull, "number" | "scope">, session: Session): boolean =>
  session.pull < number && isInScope(scope, stampedSession(session)) === true;

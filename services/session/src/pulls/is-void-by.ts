import { isInScope, type Pull, stampedSession } from "@lanyard/session-manager";
import type { Session } from "../session-store.ts";

/** Whether this one pull voids a session, whatever others do. */
export const isVoidBy = ({ number, scope }: Pick<Pull, "number" | "scope">, session: Session): boolean =>
  session.pull < number && isInScope(scope, stampedSession(session)) === true;

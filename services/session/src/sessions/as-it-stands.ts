import type { Pull } from "@lanyard/session-manager";
import type { Session } from "../session-store.ts";

/** A session as everybody has to see it: one that a pull has voided has ended, whatever its item says. */
export function asItStands(session: Session, voidedBy: Pull | undefined): Session {
  // What has ended stays as it ended.
  if (voidedBy === undefined || session.revoked !== undefined) return session;
  return {
    ...session,
    revoked: { at: voidedBy.at, reason: "operator", operationId: operationOf(voidedBy) },
  };
}

/** A pull does not say which operation asked for it: this one is made of its id and number, and is nobody's. */
const operationOf = ({ revocationId, number }: Pull): string =>
  `op_${revocationId.replaceAll("-", "").toLowerCase()}${String(number).padStart(22, "0")}`;

import type { User } from "../user-store.ts";

export type Roles = NonNullable<User["roles"]>;

/** A request for exactly these roles. */
export interface WantedRoles {
  readonly operationId: string;
  readonly roles: Roles;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
}

export type RolesDecision =
  | { readonly kind: "no-account" }
  /** This operation changed them before, whatever they are by now. */
  | { readonly kind: "done-before"; readonly roles: Roles; readonly at: string }
  /** Somebody who asked later was faster: to do as this one says would undo that. */
  | { readonly kind: "superseded" }
  | { readonly kind: "change"; readonly user: User; readonly roles: Roles; readonly at: string };

/** What becomes of a user's roles. A grant that comes weeks late, or once more, brings nothing back that was revoked since. */
export function decideRoles(
  user: User | undefined,
  wanted: WantedRoles,
  { now, changesKept }: { readonly now: string; readonly changesKept: number },
): RolesDecision {
  const { operationId, roles, receivedAt } = wanted;
  const changes = user?.roleChanges ?? [];
  const own = changes.find((change) => change.operationId === operationId);
  if (own !== undefined) return { kind: "done-before", roles: own.roles, at: own.at };
  if (user === undefined || user.userKind !== "account") return { kind: "no-account" };
  if (changes.some((change) => change.receivedAt > receivedAt)) return { kind: "superseded" };
  const change = { operationId, receivedAt, at: now, roles };
  const roleChanges = [...changes, change].slice(-changesKept);
  return { kind: "change", user: { ...user, roles, roleChanges }, roles, at: now };
}

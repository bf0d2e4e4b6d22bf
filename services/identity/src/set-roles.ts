import { commands, events, occurred, ROLE_CHANGES_KEPT } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { decideRoles } from "./roles/decide-roles.ts";
import type { UserStore } from "./user-store.ts";

/** Gives an account exactly the roles that were asked for: one compare-and-set of its item. */
export const setRoles = ({
  users,
  now,
}: {
  readonly users: Pick<UserStore, "change">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.setRoles, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { userId, by } = input;
    const wanted = { operationId, roles: [...new Set(input.wantedRoles)], receivedAt };
    const decision = await users.change(userId, writtenBy, (user) =>
      decideRoles(user, wanted, { now: now(), changesKept: ROLE_CHANGES_KEPT }),
    );
    switch (decision.kind) {
      case "no-account":
        return problem("user_not_found");
      case "superseded":
        return problem("roles_superseded");
      case "change":
      case "done-before": {
        const { roles, at } = decision;
        return done({ roles }, [
          occurred(events.userRolesChanged, at, { userId, roles, by }),
          occurred(events.operatorActed, at, { by, action: "setRoles", targets: [userId] }),
        ]);
      }
    }
  });

import type { Handler } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";
import { claimVisitor } from "./claim-visitor.ts";
import { createAnonymousUser } from "./create-anonymous-user.ts";
import { currentRoles } from "./current-roles.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { ensureUser } from "./ensure-user.ts";
import { recordOperatorAction } from "./record-operator-action.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { setRoles } from "./set-roles.ts";
import type { UserStore } from "./user-store.ts";

/** Everything the identity worker does; `now` in ISO 8601. */
export const handlers = (deps: {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly now: () => string;
  readonly deadLetters: DeadLetters;
}): readonly Handler[] => [
  createAnonymousUser(deps),
  ensureUser(deps),
  currentRoles(deps),
  claimVisitor(deps),
  setRoles(deps),
  recordOperatorAction(),
  redriveDeadLetters(deps),
];

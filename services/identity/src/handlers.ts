import type { Handler } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";
import { createAnonymousUser } from "./create-anonymous-user.ts";
import { ensureUser } from "./ensure-user.ts";
import type { UserStore } from "./user-store.ts";

/** Everything the identity worker does; `now` in ISO 8601. */
export const handlers = (deps: {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly now: () => string;
}): readonly Handler[] => [createAnonymousUser(deps), ensureUser(deps)];

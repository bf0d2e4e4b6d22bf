import type { Handler } from "@lanyard/messaging";
import { createAnonymousUser } from "./create-anonymous-user.ts";
import type { UserStore } from "./user-store.ts";

/** Everything the identity worker does. */
export const handlers = (deps: { readonly users: UserStore; readonly now: () => string }): readonly Handler[] => [
  createAnonymousUser(deps),
];

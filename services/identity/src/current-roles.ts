import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { UserStore } from "./user-store.ts";

/** Tells the roles that count at this moment: one consistent read. Who is not there has none. */
export const currentRoles = ({ users }: { readonly users: Pick<UserStore, "load"> }): Handler =>
  handle(commands.identity.currentRoles, async ({ input }) =>
    done({ roles: (await users.load(input.userId))?.roles ?? [] }),
  );

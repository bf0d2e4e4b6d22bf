import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { UserStore } from "./user-store.ts";

/**
 * Makes a visitor. Only this operation can derive this id, so an item that stands there is its own, whoever wrote to it
 * since: a repeat reports it as it was made.
 */
export const createAnonymousUser = ({
  users,
  now,
}: {
  readonly users: UserStore;
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.createAnonymousUser, async (run) => {
    const user = await users.create(
      { userId: run.deriveUuid("user"), userKind: "anonymous", createdAt: now() },
      { writtenBy: run.writtenBy },
    );
    return done({ userId: user.userId, userKind: user.userKind }, [
      occurred(events.userCreated, user.createdAt, { userId: user.userId, userKind: user.userKind }),
    ]);
  });

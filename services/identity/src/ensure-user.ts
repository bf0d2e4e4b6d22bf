import { commands, events, normalEmail, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";

/**
 * Finds the account of an address that was just proven, or makes it. However many ask at once, one claim stands; its
 * account follows from it, so that anybody can finish what the claimant began, and the claimant alone tells of it.
 */
export const ensureUser = ({
  accounts,
  now,
}: {
  readonly accounts: AccountStore;
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.ensureUser, async ({ input, operationId, writtenBy, deriveUuid }) => {
    const email = normalEmail(input.email);
    if (email === undefined) throw new Error("what was proven is no address");
    const { user, isOwn } = await accounts.ensure(
      { email, userId: deriveUuid("user"), claimedAt: now(), operationId },
      { writtenBy },
    );
    const { userId, userKind, createdAt, roles = [] } = user;
    return done(
      { userId, userKind, roles },
      isOwn ? [occurred(events.userCreated, createdAt, { userId, userKind })] : [],
    );
  });

import { commands, events, normalEmail, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { AccountStore } from "./account-store.ts";
import type { PasswordStore } from "./passwords/password-store.ts";

/**
 * Finds the account of an address that was just proven, or makes it. However many ask at once, one claim stands; its
 * account follows from it, so that anybody can finish what the claimant began, and the claimant alone tells of it. The
 * password that was chosen when the proof was asked for counts if this proof made the account: whoever chose one for an
 * address before its owner came has chosen nothing. A late copy of the message is told of the account that the first one
 * found, whoever carries the address by then, and makes none.
 */
export const ensureUser = ({
  accounts,
  passwords,
  now,
}: {
  readonly accounts: AccountStore;
  readonly passwords: Pick<PasswordStore, "set">;
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.ensureUser, async ({ input, operationId, writtenBy, receivedAt, deriveUuid }) => {
    const email = normalEmail(input.email);
    if (email === undefined) throw new Error("what was proven is no address");
    const { user, isOwn } = await accounts.ensure(
      { email, userId: deriveUuid("user"), claimedAt: now(), operationId },
      { writtenBy },
    );
    const { userId, userKind, createdAt } = user;
    const found = { userId, userKind, roles: user.roles ?? [] };
    if (!isOwn) return done(found);
    const created = occurred(events.userCreated, createdAt, { userId, userKind });
    const { chosenPasswordHash: hash, chosenIsShort: isShort = true } = input;
    if (hash === undefined) return done(found, [created]);
    const how = "registered";
    const wanted = { userId, hash, isShort, operationId, receivedAt, how } as const;
    const decision = await passwords.set(wanted, { now: now(), writtenBy });
    if (decision.kind !== "set" && decision.kind !== "set-before") return done(found, [created]);
    return done(found, [created, occurred(events.userPasswordSet, decision.at, { userId, how })]);
  });

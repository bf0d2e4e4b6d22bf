import { commands, events, occurred, type ProfileField, ROLE_CHANGES_KEPT } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { decideProfile } from "./profiles/decide-profile.ts";
import type { User, UserStore } from "./user-store.ts";

/** Changes what an account says of its user: one compare-and-set of its item. */
export const updateProfile = ({
  users,
  now,
}: {
  readonly users: Pick<UserStore, "change">;
  /** ISO 8601. */
  readonly now: () => string;
}): Handler =>
  handle(commands.identity.updateProfile, async ({ input, operationId, writtenBy, receivedAt }) => {
    const { userId, displayName, wantedLocale } = input;
    const wanted = {
      operationId,
      receivedAt,
      ...(displayName !== undefined && { displayName }),
      ...(wantedLocale !== undefined && { locale: wantedLocale }),
    };
    const decision = await users.change(userId, writtenBy, (user) =>
      decideProfile(user, wanted, { now: now(), changesKept: ROLE_CHANGES_KEPT }),
    );
    const told = (at: string, fields: readonly ProfileField[]) => [
      occurred(events.userProfileChanged, at, { userId, fields: [...fields] }),
    ];
    switch (decision.kind) {
      case "no-account":
        return problem("account_required");
      case "stands":
        return done({ profile: profileOf(decision.standing) });
      case "done-before":
        return done({ profile: profileOf(decision.standing) }, told(decision.at, decision.fields));
      case "change":
        return done({ profile: profileOf(decision.user) }, told(decision.at, decision.fields));
    }
  });

const profileOf = ({ displayName, locale }: User) => ({
  ...(displayName !== undefined && { displayName }),
  ...(locale !== undefined && { locale }),
});

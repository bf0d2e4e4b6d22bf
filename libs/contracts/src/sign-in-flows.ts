import { z } from "zod";
import { identity, merge, notification, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import { authResult, mergeResult, type tokenSet } from "./http/schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import { challengeId, challengeKind, email, locale, timestamp, type UserKind, userId } from "./shapes.ts";

/** What every way to tokens answers with: who, with which session, and the tokens. Who has no role is shown none. */
export const signedIn = (done: {
  readonly userId: string;
  readonly userKind: UserKind;
  readonly email?: string | undefined;
  readonly roles?: readonly "admin"[];
  readonly sessionId: string;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly tokens: z.input<typeof tokenSet>;
  readonly deviceToken?: string | undefined;
  readonly startedOperationId?: string;
}): z.input<typeof authResult> => ({
  user: {
    id: done.userId,
    kind: done.userKind,
    ...(done.email !== undefined && { email: done.email }),
    ...(done.roles !== undefined && done.roles.length > 0 && { roles: [...done.roles] }),
  },
  session: { id: done.sessionId, createdAt: done.openedAt, expiresAt: done.expiresAt },
  tokens: done.tokens,
  ...(done.deviceToken !== undefined && { deviceToken: done.deviceToken }),
  ...(done.startedOperationId !== undefined && { merge: { operationId: done.startedOperationId } }),
});

export const mergeVisitor = flow({
  name: "mergeVisitor",
  version: 1,
  summary: "What a visitor owns becomes the account's, whole and once; the visitor's sessions end.",
  input: z.object({ userId, visitorId: userId }),
})
  .step(identity.claimVisitor)
  .step(session.endVisitor)
  .step(merge.moveItems)
  .answers(mergeResult, ({ mergedAt, moved, skipped, held, byKind }) => ({ mergedAt, moved, skipped, held, byKind }));

/** The visitor whom a sign-in continues, if it does. */
export const visitorContinued = ({
  userId,
  visitorId,
}: {
  readonly userId: string;
  readonly visitorId?: string | undefined;
}) => (visitorId === undefined ? undefined : { userId, visitorId });

export const createAnonymousSession = flow({
  name: "createAnonymousSession",
  version: 1,
  summary: "A visitor without an account gets a user, a session and tokens.",
  input: z.object({}),
})
  .step(identity.createAnonymousUser)
  .step(session.open, { method: "anonymous" })
  .step(token.issue, { method: "anonymous" })
  .answers(authResult, signedIn);

/** What a flow answers that has mailed a challenge. */
export const mailed = z.object({ challengeId, expiresAt: timestamp });

/** Until when the mail can be answered: a challenge has a link, a code, or both. */
export const mailedUntil = (done: {
  readonly challengeId: string;
  readonly linkExpiresAt?: string | undefined;
  readonly codeExpiresAt?: string | undefined;
}): z.input<typeof mailed> => {
  const expiresAt = done.linkExpiresAt ?? done.codeExpiresAt;
  if (expiresAt === undefined) throw new TypeError("a challenge without link and code");
  return { challengeId: done.challengeId, expiresAt };
};

export const requestChallenge = flow({
  name: "requestChallenge",
  version: 1,
  summary: "Whoever reads the mail of an address is to prove it. Asked and answered alike for every address.",
  input: z.object({
    email: personal(email),
    challengeKind,
    locale,
    redirectTo: z.url().optional(),
    visitorId: userId.optional(),
  }),
})
  .step(token.createChallenge)
  .step(notification.sendSignInMail)
  .answers(mailed, mailedUntil);

export const verifyMagicLink = flow({
  name: "verifyMagicLink",
  version: 2,
  summary: "The link of a challenge is spent, and its address signed in.",
  input: z.object({ token: sealed(z.string()) }),
})
  .step(token.consumeMagicLink)
  .step(identity.ensureUser)
  .step(identity.beginSecondFactor, { method: "magic_link" })
  .step(session.open, { method: "magic_link" })
  .step(token.issue, { method: "magic_link" })
  .starts(mergeVisitor, visitorContinued)
  .answers(authResult, signedIn);

export const verifyEmailCode = flow({
  name: "verifyEmailCode",
  version: 2,
  summary: "The code of a challenge is spent, and its address signed in.",
  input: z.object({ challengeId, code: sealed(z.string()) }),
})
  .step(token.verifyEmailCode)
  .step(identity.ensureUser)
  .step(identity.beginSecondFactor, { method: "email_otp" })
  .step(session.open, { method: "email_otp" })
  .step(token.issue, { method: "email_otp" })
  .starts(mergeVisitor, visitorContinued)
  .answers(authResult, signedIn);

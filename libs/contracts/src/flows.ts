import { z } from "zod";
import { identity, notification, session, token } from "./commands.ts";
import { flow } from "./flow.ts";
import { authResult, type tokenSet } from "./http/schemas.ts";
import { personal, sealed } from "./secrecy.ts";
import { challengeId, challengeKind, email, locale, sessionId, timestamp, type UserKind, userId } from "./shapes.ts";

/** What every way to tokens answers with: who, with which session, and the tokens. */
const signedIn = (done: {
  readonly userId: string;
  readonly userKind: UserKind;
  readonly email?: string;
  readonly sessionId: string;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly tokens: z.input<typeof tokenSet>;
}): z.input<typeof authResult> => ({
  user: { id: done.userId, kind: done.userKind, ...(done.email !== undefined && { email: done.email }) },
  session: { id: done.sessionId, createdAt: done.openedAt, expiresAt: done.expiresAt },
  tokens: done.tokens,
});

export const createAnonymousSession = flow({
  name: "createAnonymousSession",
  version: 1,
  summary: "A visitor without an account gets a user, a session and tokens.",
  input: z.object({}),
})
  .step(identity.createAnonymousUser)
  .step(session.open, { method: "anonymous" })
  .step(token.issue)
  .answers(authResult, signedIn);

export const refreshSession = flow({
  name: "refreshSession",
  version: 1,
  summary: "A refresh token is exchanged for the tokens of the session's current generation.",
  input: z.object({ userId, sessionId, presentedGeneration: z.int().positive() }),
})
  .step(session.rotate)
  .step(token.issue)
  .answers(authResult, signedIn);

export const logout = flow({
  name: "logout",
  version: 1,
  summary: "The caller's session ends now, on every gateway.",
  input: z.object({ userId, sessionId }),
})
  .step(session.revoke, { reason: "logout" })
  .answers(z.object({}), () => ({}));

export const touchSession = flow({
  name: "touchSession",
  version: 1,
  summary: "A session was used: its expiry slides. Nobody waits for it.",
  input: z.object({ userId, sessionId }),
  recorded: false,
})
  .step(session.touch)
  .answers(z.object({}), () => ({}));

export const requestChallenge = flow({
  name: "requestChallenge",
  version: 1,
  summary: "Whoever reads the mail of an address is to prove it. Asked and answered alike for every address.",
  input: z.object({ email: personal(email), challengeKind, locale, redirectTo: z.url().optional() }),
})
  .step(token.createChallenge)
  .step(notification.sendSignInMail)
  .answers(z.object({ challengeId, expiresAt: timestamp }), (done) => ({
    challengeId: done.challengeId,
    expiresAt: done.linkExpiresAt ?? done.codeExpiresAt,
  }));

export const verifyMagicLink = flow({
  name: "verifyMagicLink",
  version: 1,
  summary: "The link of a challenge is spent, and its address signed in.",
  input: z.object({ token: sealed(z.string()) }),
})
  .step(token.consumeMagicLink)
  .step(identity.ensureUser)
  .step(session.open, { method: "magic_link" })
  .step(token.issue)
  .answers(authResult, signedIn);

export const verifyEmailCode = flow({
  name: "verifyEmailCode",
  version: 1,
  summary: "The code of a challenge is spent, and its address signed in.",
  input: z.object({ challengeId, code: sealed(z.string()) }),
})
  .step(token.verifyEmailCode)
  .step(identity.ensureUser)
  .step(session.open, { method: "email_otp" })
  .step(token.issue)
  .answers(authResult, signedIn);

/** Every flow there is, every version that may still be under way. */
export const allFlows = [
  createAnonymousSession,
  refreshSession,
  logout,
  touchSession,
  requestChallenge,
  verifyMagicLink,
  verifyEmailCode,
];

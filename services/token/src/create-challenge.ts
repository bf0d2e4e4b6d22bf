import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Derivation, Sealing } from "@lanyard/secrets";
import { challengeIdOf, linkHashOf, linkSecretOf, linkUseOf, makeChallengeToken } from "@lanyard/session-manager";
import type { ChallengeStore } from "./challenges/challenge-store.ts";
import { sealChosenPassword } from "./challenges/chosen-password.ts";
import type { EmailCodes } from "./challenges/email-codes.ts";
import { type ChallengeLifetimes, openOf } from "./challenges/open-of.ts";
import type { Registrations } from "./challenges/registrations.ts";

export interface CreateChallengeDeps {
  readonly challenges: ChallengeStore;
  readonly registrations: Registrations;
  readonly emailCodes: EmailCodes;
  readonly derivation: Derivation;
  readonly sealing: Sealing;
  /** Where links lead when the request names no other place: a page of the gateway. */
  readonly continueUrl: string;
  /** How long each can be answered. */
  readonly challengeLifetimes: ChallengeLifetimes;
}

/**
 * Makes a challenge. Id, link and code follow from the operation, so whoever tries it again mails the same ones; the item
 * keeps keyed hashes only. Nothing here depends on whether the address has an account. What answering it will do is bound here,
 * by whoever asks: the visitor whom a sign-in continues, the password that waits, the account whose address changes.
 */
export const createChallenge = (deps: CreateChallengeDeps): Handler =>
  handle(commands.token.createChallenge, async ({ input, operationId, derivationKid: kid, receivedAt, writtenBy }) => {
    const { derivation, challengeLifetimes } = deps;
    const { email, challengeKind, visitorId, userId, sessionId, passwordHash, redirectTo = deps.continueUrl } = input;
    const challengeId = challengeIdOf(derivation, kid, operationId);
    if (challengeKind === "registration" && passwordHash !== undefined) {
      // Before anybody has the link: whoever answers another registration finds this one.
      const open = openOf(receivedAt, challengeLifetimes);
      await deps.registrations.list({ email, challengeId, passwordHash, ...open }, { writtenBy });
    }
    const inSeconds = (seconds: number): string => new Date(Date.parse(receivedAt) + seconds * 1000).toISOString();
    const use = linkUseOf(challengeKind);
    const token = use && { use, challengeId, secret: linkSecretOf(derivation, kid, use, operationId) };
    // A code is short enough to be guessed, or told to a stranger who asks for it: it signs in, and does nothing else.
    const issued = use === undefined || use === "sign_in";
    const { code, verifier } = issued ? await deps.emailCodes.issue({ challengeId, operationId, email, kid }) : {};
    const made = await deps.challenges.create(
      {
        challengeId,
        challengeKind,
        email,
        createdAt: receivedAt,
        kid,
        ...(verifier !== undefined && {
          codeVerifier: verifier,
          codeExpiresAt: inSeconds(challengeLifetimes.codeSeconds),
        }),
        ...(visitorId !== undefined && { visitorId }),
        ...(challengeKind === "email_change" && { userId, sessionId }),
        ...(challengeKind === "registration" && (await sealChosenPassword(deps.sealing, challengeId, input))),
        ...(token !== undefined && {
          linkHash: linkHashOf(derivation, kid, token),
          linkExpiresAt: inSeconds(challengeLifetimes.linkSeconds),
        }),
        attempts: [],
      },
      { writtenBy },
    );
    return done(
      {
        challengeId,
        ...(made.codeExpiresAt !== undefined && { codeExpiresAt: made.codeExpiresAt }),
        ...(code !== undefined && { code }),
        ...(token !== undefined &&
          made.linkExpiresAt !== undefined && {
            link: linkTo(redirectTo, makeChallengeToken(token)),
            linkExpiresAt: made.linkExpiresAt,
          }),
      },
      [occurred(events.challengeCreated, made.createdAt, { challengeId, challengeKind: made.challengeKind })],
    );
  });

function linkTo(place: string, token: string): string {
  const url = new URL(place);
  url.hash = `token=${token}`;
  return url.href;
}

import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { challengeIdOf, linkHashOf, linkSecretOf, makeChallengeToken } from "@lanyard/session-manager";
import type { ChallengeStore } from "./challenges/challenge-store.ts";
import type { EmailCodes } from "./challenges/email-codes.ts";

export interface CreateChallengeDeps {
  readonly challenges: ChallengeStore;
  readonly emailCodes: EmailCodes;
  readonly derivation: Derivation;
  /** Where links lead when the request names no other place: a page of the gateway. */
  readonly continueUrl: string;
  /** How long each can be answered. */
  readonly challengeLifetimes: { readonly linkSeconds: number; readonly codeSeconds: number };
}

/**
 * Makes a challenge. Id, link and code follow from the operation, so whoever tries it again mails the same ones; the item
 * keeps keyed hashes only. Nothing here depends on whether the address has an account. The visitor whom the sign-in continues
 * is bound here, by whoever asks: answering says nothing of one.
 */
export const createChallenge = (deps: CreateChallengeDeps): Handler =>
  handle(commands.token.createChallenge, async ({ input, operationId, derivationKid: kid, receivedAt, writtenBy }) => {
    const { derivation, challengeLifetimes } = deps;
    const { email, challengeKind, visitorId, redirectTo = deps.continueUrl } = input;
    const challengeId = challengeIdOf(derivation, kid, operationId);
    const token = { challengeId, secret: linkSecretOf(derivation, kid, operationId) };
    const inSeconds = (seconds: number): string => new Date(Date.parse(receivedAt) + seconds * 1000).toISOString();
    const { code, verifier } = await deps.emailCodes.issue({ challengeId, operationId, email, kid });
    const made = await deps.challenges.create(
      {
        challengeId,
        challengeKind,
        email,
        createdAt: receivedAt,
        kid,
        codeVerifier: verifier,
        codeExpiresAt: inSeconds(challengeLifetimes.codeSeconds),
        ...(visitorId !== undefined && { visitorId }),
        ...(challengeKind === "magic_link" && {
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
        codeExpiresAt: made.codeExpiresAt,
        ...(code !== undefined && { code }),
        ...(made.linkExpiresAt !== undefined && {
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

import { type ChallengeKind, httpSchemas, type Locale, locale } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { challengeIdOf, linkUseOf } from "@lanyard/session-manager";
import type { Request } from "express";
import { ProblemError } from "../http/problem.ts";
import { emailIn } from "../http/validated.ts";
import { type VisitorShownDeps, visitorContinued } from "../merging/visitor-shown.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

export interface RequestsChallengeDeps {
  readonly derivation: Derivation;
  readonly challengeLifetimes: { readonly linkSeconds: number; readonly codeSeconds: number };
  /** Whether links may lead to this URL. */
  readonly mayRedirectTo: (url: URL) => boolean;
  /** Who is shown to be the visitor whom the sign-in continues. */
  readonly visitors: VisitorShownDeps;
}

/**
 * Every route that mails a challenge to an address: answered as soon as the queue has the command, before any worker has looked at
 * the address, so that status, body and time are alike for every one. The challenge's id follows from the operation's. A
 * visitor is looked for in any case alike, whatever the address.
 */
export function requestsChallenge(challengeKind: ChallengeKind, deps: RequestsChallengeDeps): FlowRoute {
  const { linkSeconds, codeSeconds } = deps.challengeLifetimes;
  const seconds = linkUseOf(challengeKind) === undefined ? codeSeconds : linkSeconds;
  return {
    toInput(body, request) {
      const { redirectTo, locale: wanted } = body;
      return {
        email: emailIn(body),
        challengeKind,
        locale: wanted ?? preferredLocale(request),
        ...(redirectTo !== undefined && { redirectTo: placeOf(String(redirectTo), deps) }),
      };
    },
    lookUp: async ({ anonymous }) =>
      anonymous === undefined ? {} : { visitorId: await visitorContinued(anonymous, deps.visitors) },
    answersAtOnce: ({ operationId, receivedAt, derivationKid }) =>
      httpSchemas.challenge.parse({
        challengeId: challengeIdOf(deps.derivation, derivationKid, operationId),
        expiresAt: new Date(receivedAt + seconds * 1000).toISOString(),
      }),
  };
}

/** The first language of `Accept-Language` (RFC 9110) that mails speak; else the first of all. */
export const preferredLocale = (request: Request): Locale =>
  locale.catch("en").parse(request.acceptsLanguages([...locale.options]));

/** What reads as one address to a person and as another to a program has no place in a mail. */
const MISLEADING = /[\s\\\p{Cc}\p{Cf}\u2028\u2029]/u;

/** Where a link may lead, as the parser understands it: the text as it was sent is never mailed. @throws ProblemError */
function placeOf(redirectTo: string, { mayRedirectTo }: RequestsChallengeDeps): string {
  if (MISLEADING.test(redirectTo)) throw new ProblemError("redirect_not_allowed");
  const url = new URL(redirectTo);
  // A fragment would swallow the token's; credentials make an address look like another.
  const plain = !redirectTo.includes("#") && url.username === "" && url.password === "";
  if (!plain || !mayRedirectTo(url)) throw new ProblemError("redirect_not_allowed");
  return url.href;
}

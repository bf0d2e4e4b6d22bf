import { type challengeItem, httpSchemas } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { provesLink, readChallengeToken } from "@lanyard/session-manager";
import type { ItemValue } from "@lanyard/storage";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";

export interface ReadMagicLinkDeps {
  readonly challenge: (challengeId: string) => Promise<ItemValue<typeof challengeItem> | undefined>;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** `GET /auth/magic-link`: whom the link would sign in, for the page that asks first. Spends nothing. */
export const readMagicLink =
  ({ challenge, derivation, brokerNow }: ReadMagicLinkDeps): RequestHandler =>
  async (request, response) => {
    const token = readChallengeToken(derivation, request.get("x-link-token") ?? "");
    const found = token && (await challenge(token.challengeId));
    if (token === undefined || found === undefined || !provesLink(derivation, found, token)) {
      throw new ProblemError("magic_link_invalid");
    }
    if (found.used !== undefined) throw new ProblemError("token_already_used");
    const { email, linkExpiresAt: expiresAt } = found;
    if (expiresAt === undefined || brokerNow() >= Date.parse(expiresAt)) throw new ProblemError("magic_link_expired");
    response.json(httpSchemas.magicLink.parse({ email, expiresAt }));
  };

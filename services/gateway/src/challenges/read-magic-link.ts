import { type challengeItem, httpSchemas } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { provesLink, readChallengeToken } from "@lanyard/session-manager";
import type { ItemValue } from "@lanyard/storage";
import type { RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";
import { refuseOver } from "./refuse-over.ts";

export interface ReadMagicLinkDeps {
  readonly challenge: (challengeId: string) => Promise<ItemValue<typeof challengeItem> | undefined>;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** `GET /auth/magic-link`: what a link of any use would do, and to whom, for the page that asks first. Spends nothing. */
export const readMagicLink =
  ({ challenge, derivation, brokerNow }: ReadMagicLinkDeps): RequestHandler =>
  async (request, response) => {
    const token = readChallengeToken(derivation, request.get("x-link-token") ?? "");
    const found = token && (await challenge(token.challengeId));
    if (token === undefined || found === undefined || !provesLink(derivation, found, token)) {
      throw new ProblemError("magic_link_invalid");
    }
    refuseOver(found, brokerNow());
    const { email, challengeKind: purpose, linkExpiresAt: expiresAt } = found;
    response.json(httpSchemas.magicLink.parse({ email, expiresAt, purpose }));
  };

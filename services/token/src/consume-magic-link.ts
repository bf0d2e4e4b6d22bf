import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { provesLink, readChallengeToken } from "@lanyard/session-manager";
import { refuseUnlessNotYetThere } from "./challenges/challenge-not-yet-there.ts";
import type { ChallengeStore } from "./challenges/challenge-store.ts";
import { decideLink } from "./challenges/decide-challenge.ts";

export interface ConsumeMagicLinkDeps {
  readonly challenges: ChallengeStore;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

/** Spends a challenge by its link. Exactly one operation ever does; that one may ask again and is told the same. */
export const consumeMagicLink = ({ challenges, derivation, brokerNow }: ConsumeMagicLinkDeps): Handler =>
  handle(commands.token.consumeMagicLink, async ({ input, operationId, receivedAt, client, writtenBy }) => {
    const token = readChallengeToken(derivation, input.token);
    if (token === undefined) return problem("magic_link_invalid");
    const answering = { operationId, receivedAt: Date.parse(receivedAt), ip: client.ip };
    const changed = await challenges.change(token.challengeId, writtenBy, (challenge) =>
      // Who does not hold the secret learns nothing of the challenge, not even that it was used.
      provesLink(derivation, challenge, token) ? decideLink(challenge, answering) : { kind: "invalid" as const },
    );
    if (changed === undefined) {
      refuseUnlessNotYetThere(token.challengeId, brokerNow());
      return problem("magic_link_invalid");
    }
    const { decision, challenge } = changed;
    switch (decision.kind) {
      case "invalid":
        return problem("magic_link_invalid");
      case "expired":
        return problem("magic_link_expired");
      case "used":
        return problem("token_already_used");
      case "spend":
      case "spent-by-this": {
        const { challengeId, challengeKind, email, visitorId } = challenge;
        return done({ email, ...(visitorId !== undefined && { visitorId }) }, [
          occurred(events.challengeConsumed, receivedAt, { challengeId, challengeKind, by: "link" }),
        ]);
      }
    }
  });

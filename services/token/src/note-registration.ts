import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { challengeIdOf } from "@lanyard/session-manager";
import { type ChallengeLifetimes, openOf } from "./challenges/open-of.ts";
import type { Registrations } from "./challenges/registrations.ts";

export interface NoteRegistrationDeps {
  readonly registrations: Registrations;
  readonly derivation: Derivation;
  readonly challengeLifetimes: ChallengeLifetimes;
}

/** Lists a registration by the challenge that its operation is going to make. */
export const noteRegistration = ({ registrations, derivation, challengeLifetimes }: NoteRegistrationDeps): Handler =>
  handle(commands.token.noteRegistration, async ({ input, operationId, derivationKid, receivedAt, writtenBy }) => {
    const challengeId = challengeIdOf(derivation, derivationKid, operationId);
    await registrations.list({ ...input, challengeId, ...openOf(receivedAt, challengeLifetimes) }, { writtenBy });
    return done({});
  });

import { events, type Occurrence, occurred, type ProblemCode } from "@lanyard/contracts";
import { type CommandRun, problem, type StepResult } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import { type LinkUse, provesLink, readChallengeToken } from "@lanyard/session-manager";
import { refuseUnlessNotYetThere } from "./challenge-not-yet-there.ts";
import type { Challenge, ChallengeStore } from "./challenge-store.ts";
import { decideLink } from "./decide-challenge.ts";
import type { Registrations } from "./registrations.ts";

export interface SpendByLinkDeps {
  readonly challenges: ChallengeStore;
  readonly derivation: Derivation;
  /** Milliseconds since the epoch, on the time that all processes share. */
  readonly brokerNow: () => number;
}

export type SpentByLink =
  | { readonly kind: "spent"; readonly challenge: Challenge; readonly events: readonly Occurrence[] }
  | Extract<StepResult<never>, { readonly kind: "problem" }>;

/**
 * Spends a challenge by a link of this use, and of no other. Exactly one operation ever does; that one may ask again and is
 * told the same. Who does not hold the secret learns nothing of the challenge, not even that it was used. Where nobody looks for
 * others that cross it, a registration brings no password.
 */
export async function spendByLink(
  { challenges, derivation, brokerNow }: SpendByLinkDeps,
  use: LinkUse,
  { input, operationId, receivedAt, client, writtenBy }: CommandRun<{ readonly token: string }>,
  { areCrossedBy }: Partial<Pick<Registrations, "areCrossedBy">> = {},
): Promise<SpentByLink> {
  const token = readChallengeToken(derivation, input.token);
  if (token?.use !== use) return refused("magic_link_invalid");
  const isCrossed = areCrossedBy === undefined || (await areCrossedBy(await challenges.load(token.challengeId)));
  const answering = { operationId, receivedAt: Date.parse(receivedAt), ip: client.ip, isCrossed };
  const changed = await challenges.change(token.challengeId, writtenBy, (challenge) =>
    provesLink(derivation, challenge, token) ? decideLink(challenge, answering) : { kind: "invalid" as const },
  );
  if (changed === undefined) {
    refuseUnlessNotYetThere(token.challengeId, brokerNow());
    return refused("magic_link_invalid");
  }
  const { decision, challenge } = changed;
  switch (decision.kind) {
    case "invalid":
      return refused("magic_link_invalid");
    case "expired":
      return refused("magic_link_expired");
    case "used":
      return refused("token_already_used");
    case "spend":
    case "spent-by-this": {
      const { challengeId, challengeKind } = challenge;
      const data = { challengeId, challengeKind, by: "link" as const };
      return { kind: "spent", challenge, events: [occurred(events.challengeConsumed, receivedAt, data)] };
    }
  }
}

const refused = (code: ProblemCode) => problem(code) as Extract<SpentByLink, { readonly kind: "problem" }>;

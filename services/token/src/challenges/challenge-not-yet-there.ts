import { challengedAt } from "@lanyard/session-manager";

/** Thrown for an answer that overtook its question: a later try finds the challenge. */
export class ChallengeNotYetThere extends Error {
  override readonly name = "ChallengeNotYetThere";
}

/** Questions take their time when a worker restarts, and no answer is worth more waiting than this. */
const MAY_COME_WITHIN_MS = 60_000;

/**
 * For a genuine challenge id that stands nowhere: its command may still be under way, since the gateway answers before it is
 * carried out and queues keep no order. `now`, in milliseconds since the epoch, is that of the try and not of the answer: or
 * an answer whose question never comes would be tried until it is a dead letter.
 * @throws ChallengeNotYetThere while that can be
 */
export function refuseUnlessNotYetThere(challengeId: string, now: number): void {
  if (now - challengedAt(challengeId) < MAY_COME_WITHIN_MS) {
    throw new ChallengeNotYetThere("the challenge is not there yet");
  }
}

import { timingSafeEqual } from "node:crypto";
import type { Derivation } from "@lanyard/secrets";

const STEM_DIGITS = 32;
const TAG_BYTES = 16;

/**
 * The sign-in of an operation that waits for its second factor: the time and random bits of the operation's own id, and a
 * tag that only this deployment can make, so that made-up ids cost no worker anything.
 * @throws UnknownKey
 */
export function secondFactorChallengeIdOf(derivation: Derivation, kid: string, operationId: string): string {
  const stem = operationId.slice(3, 3 + STEM_DIGITS);
  return `sf_${stem}${tagOf(derivation, kid, stem)}`;
}

/** Whether this deployment made the id; compares in constant time. */
export function isSecondFactorChallengeId(derivation: Derivation, challengeId: string): boolean {
  const [, stem = "", given = ""] = /^sf_([0-9a-f]{32})([A-Za-z0-9_-]{22})$/.exec(challengeId) ?? [];
  return derivation.kids.some((kid) =>
    timingSafeEqual(Buffer.from(tagOf(derivation, kid, stem)), Buffer.from(given.padEnd(22))),
  );
}

const tagOf = (derivation: Derivation, kid: string, stem: string): string =>
  derivation.bytes(kid, "second-factor-challenge-id", stem).subarray(0, TAG_BYTES).toString("base64url");

import { timingSafeEqual } from "node:crypto";
import type { Derivation } from "@lanyard/secrets";

/** What a link's token says: which challenge it answers, and the secret that proves it. */
export interface ChallengeToken {
  readonly challengeId: string;
  readonly secret: Buffer;
}

const PREFIX = "ml_";
const STEM_BYTES = 16;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * The challenge of an operation: the time and random bits of the operation's own id, and a tag that only this deployment can
 * make. So a worker can tell a challenge that does not stand yet from one that never was.
 * @throws UnknownKey
 */
export function challengeIdOf(derivation: Derivation, kid: string, operationId: string): string {
  const stem = operationId.slice(3, 3 + 2 * STEM_BYTES);
  return `ch_${stem}${tagOf(derivation, kid, stem).toString("base64url")}`;
}

/** Whether this deployment made the id; compares in constant time. */
export function isChallengeId(derivation: Derivation, challengeId: string): boolean {
  const [, stem = "", given = ""] = /^ch_([0-9a-f]{32})([A-Za-z0-9_-]{22})$/.exec(challengeId) ?? [];
  return derivation.kids.some((kid) =>
    timingSafeEqual(Buffer.from(tagOf(derivation, kid, stem).toString("base64url")), Buffer.from(given.padEnd(22))),
  );
}

/** When the challenge was asked for, milliseconds since the epoch. */
export const challengedAt = (challengeId: string): number => Number.parseInt(challengeId.slice(3, 15), 16);

/** 256 bits that follow from the operation: whoever tries it again mails the same link. @throws UnknownKey */
export const linkSecretOf = (derivation: Derivation, kid: string, operationId: string): Buffer =>
  derivation.bytes(kid, "magic-link-token", operationId);

/** `ml_` and base64url of the challenge's id and the secret. */
export function makeChallengeToken({ challengeId, secret }: ChallengeToken): string {
  const stem = Buffer.from(challengeId.slice(3, 3 + 2 * STEM_BYTES), "hex");
  const tag = Buffer.from(challengeId.slice(3 + 2 * STEM_BYTES), "base64url");
  return `${PREFIX}${Buffer.concat([stem, tag, secret]).toString("base64url")}`;
}

/** What the token says if this deployment made its challenge; whether the secret is right, the challenge must say. */
export function readChallengeToken(derivation: Derivation, token: string): ChallengeToken | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const encoded = token.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, "base64url");
  // One spelling for each token: the spare bits of the last character are zero.
  if (bytes.length !== STEM_BYTES + TAG_BYTES + SECRET_BYTES || bytes.toString("base64url") !== encoded)
    return undefined;
  const stem = bytes.subarray(0, STEM_BYTES).toString("hex");
  const tag = bytes.subarray(STEM_BYTES, STEM_BYTES + TAG_BYTES).toString("base64url");
  const challengeId = `ch_${stem}${tag}`;
  if (!isChallengeId(derivation, challengeId)) return undefined;
  return { challengeId, secret: bytes.subarray(STEM_BYTES + TAG_BYTES) };
}

/** What is kept of a link's secret. @throws UnknownKey */
export const linkHashOf = (derivation: Derivation, kid: string, { challengeId, secret }: ChallengeToken): string =>
  derivation.bytes(kid, "magic-link-hash", challengeId, secret.toString("base64url")).toString("base64url");

/** Whether a challenge was made for this secret; compares in constant time. @throws UnknownKey */
export const provesLink = (
  derivation: Derivation,
  challenge: { readonly kid: string; readonly linkHash?: string | undefined },
  token: ChallengeToken,
): boolean =>
  challenge.linkHash !== undefined &&
  timingSafeEqual(Buffer.from(challenge.linkHash), Buffer.from(linkHashOf(derivation, challenge.kid, token)));

const tagOf = (derivation: Derivation, kid: string, stem: string): Buffer =>
  derivation.bytes(kid, "challenge-id", stem).subarray(0, TAG_BYTES);

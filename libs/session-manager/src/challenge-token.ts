import { timingSafeEqual } from "node:crypto";
import type { ChallengeKind } from "@lanyard/contracts";
import type { Derivation, Purpose } from "@lanyard/secrets";

/** What a link does when it is opened. */
export type LinkUse = "sign_in" | "password_reset" | "email_change";

/** What a link's token says: what it is for, which challenge it answers, and the secret that proves it. */
export interface ChallengeToken {
  readonly use: LinkUse;
  readonly challengeId: string;
  readonly secret: Buffer;
}

/** Each use has a prefix, and keys of its own for secret and hash: a token with another's prefix proves nothing. */
const uses: Readonly<Record<LinkUse, { readonly prefix: string; readonly token: Purpose; readonly hash: Purpose }>> = {
  sign_in: { prefix: "ml_", token: "magic-link-token", hash: "magic-link-hash" },
  password_reset: { prefix: "pr_", token: "password-reset-token", hash: "password-reset-hash" },
  email_change: { prefix: "ec_", token: "email-change-token", hash: "email-change-hash" },
};
const allUses = Object.keys(uses) as LinkUse[];

/** What the link of a challenge does; `undefined` for a kind that mails none. */
export function linkUseOf(kind: ChallengeKind): LinkUse | undefined {
  switch (kind) {
    case "magic_link":
    case "registration":
      return "sign_in";
    case "password_reset":
    case "email_change":
      return kind;
    case "email_otp":
      return undefined;
  }
}

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
export const linkSecretOf = (derivation: Derivation, kid: string, use: LinkUse, operationId: string): Buffer =>
  derivation.bytes(kid, uses[use].token, operationId);

/** The prefix of its use, and base64url of the challenge's id and the secret. */
export function makeChallengeToken({ use, challengeId, secret }: ChallengeToken): string {
  const stem = Buffer.from(challengeId.slice(3, 3 + 2 * STEM_BYTES), "hex");
  const tag = Buffer.from(challengeId.slice(3 + 2 * STEM_BYTES), "base64url");
  return `${uses[use].prefix}${Buffer.concat([stem, tag, secret]).toString("base64url")}`;
}

/** What the token says if this deployment made its challenge; whether the secret is right, the challenge must say. */
export function readChallengeToken(derivation: Derivation, token: string): ChallengeToken | undefined {
  const use = allUses.find((each) => token.startsWith(uses[each].prefix));
  if (use === undefined) return undefined;
  const encoded = token.slice(uses[use].prefix.length);
  const bytes = Buffer.from(encoded, "base64url");
  // One spelling for each token: the spare bits of the last character are zero.
  if (bytes.length !== STEM_BYTES + TAG_BYTES + SECRET_BYTES || bytes.toString("base64url") !== encoded)
    return undefined;
  const stem = bytes.subarray(0, STEM_BYTES).toString("hex");
  const tag = bytes.subarray(STEM_BYTES, STEM_BYTES + TAG_BYTES).toString("base64url");
  const challengeId = `ch_${stem}${tag}`;
  if (!isChallengeId(derivation, challengeId)) return undefined;
  return { use, challengeId, secret: bytes.subarray(STEM_BYTES + TAG_BYTES) };
}

/** What is kept of a link's secret. @throws UnknownKey */
export const linkHashOf = (derivation: Derivation, kid: string, { use, challengeId, secret }: ChallengeToken): string =>
  derivation.bytes(kid, uses[use].hash, challengeId, secret.toString("base64url")).toString("base64url");

/** Whether a challenge was made for this secret and this use; compares in constant time. @throws UnknownKey */
export const provesLink = (
  derivation: Derivation,
  challenge: { readonly kid: string; readonly challengeKind: ChallengeKind; readonly linkHash?: string | undefined },
  token: ChallengeToken,
): boolean =>
  challenge.linkHash !== undefined &&
  linkUseOf(challenge.challengeKind) === token.use &&
  timingSafeEqual(Buffer.from(challenge.linkHash), Buffer.from(linkHashOf(derivation, challenge.kid, token)));

const tagOf = (derivation: Derivation, kid: string, stem: string): Buffer =>
  derivation.bytes(kid, "challenge-id", stem).subarray(0, TAG_BYTES);

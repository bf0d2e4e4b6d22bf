import type { Derivation } from "@lanyard/secrets";

/** What a refresh token names; nothing of it is secret, the MAC makes it one. */
export interface RefreshGrant {
  readonly userId: string;
  readonly sessionId: string;
  /** The session's generation that it refreshes. */
  readonly generation: number;
}

const NAMED = /^([0-9a-f-]{36}),([0-9a-f-]{36}),([1-9]\d{0,14})$/;

/** `base64url(user,session,generation).kid.mac`: nothing has to be stored to know it again. */
export function makeRefreshToken(derivation: Derivation, { userId, sessionId, generation }: RefreshGrant): string {
  const named = Buffer.from(`${userId},${sessionId},${generation}`).toString("base64url");
  return `${named}.${derivation.mac("refresh-token", named)}`;
}

/** What the token names, if this deployment made it: whether it is current is for the session to say. */
export function readRefreshToken(derivation: Derivation, token: string): RefreshGrant | undefined {
  const [named = "", kid = "", mac = "", ...rest] = token.split(".");
  if (rest.length > 0 || !derivation.verifies(`${kid}.${mac}`, "refresh-token", named)) return undefined;
  const [, userId, sessionId, generation] = NAMED.exec(Buffer.from(named, "base64url").toString()) ?? [];
  if (userId === undefined || sessionId === undefined || generation === undefined) return undefined;
  return { userId, sessionId, generation: Number(generation) };
}

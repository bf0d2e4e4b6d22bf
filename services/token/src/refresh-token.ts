import type { Derivation } from "@lanyard/secrets";

/** What a refresh token names; nothing of it is secret, the MAC makes it one. */
export interface RefreshGrant {
  readonly userId: string;
  readonly sessionId: string;
  /** The session's generation that it refreshes. */
  readonly generation: number;
}

/** `base64url(user,session,generation).kid.mac`: nothing has to be stored to know it again. */
export function makeRefreshToken(derivation: Derivation, { userId, sessionId, generation }: RefreshGrant): string {
  const named = Buffer.from(`${userId},${sessionId},${generation}`).toString("base64url");
  return `${named}.${derivation.mac("refresh-token", named)}`;
}

import type { SignInClient, SignInMethod, UserKind } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";
import { expiryAfterUse, type SessionLifetimes } from "./lifetimes.ts";

/**
 * What each way of signing in proves (`amr`). A visitor has proven nothing. RFC 8176 registers `otp` for a code; it has no
 * word for a link in a mail, so `email` is Lanyard's own.
 */
const AMR: Record<SignInMethod, readonly string[]> = { anonymous: [], email_otp: ["otp"], magic_link: ["email"] };

/** A session as it is on opening: first generation, full lifetime. */
export function newSession(given: {
  readonly sessionId: string;
  readonly userId: string;
  readonly userKind: UserKind;
  readonly method: SignInMethod;
  /** Of the access token that its opening ends in. */
  readonly jti: string;
  readonly client: SignInClient;
  readonly now: number;
  readonly lifetimes: SessionLifetimes;
}): Session {
  const { sessionId, userId, userKind, method, jti, client, now, lifetimes } = given;
  const openedAt = new Date(now).toISOString();
  return {
    sessionId,
    userId,
    userKind,
    method,
    amr: [...AMR[method]],
    openedAt,
    expiresAt: new Date(expiryAfterUse({ userKind, openedAt }, now, lifetimes)).toISOString(),
    generation: 1,
    jti,
    client,
    rotations: [],
    pull: 0, // pulls are numbered from 1; none has been made
  };
}

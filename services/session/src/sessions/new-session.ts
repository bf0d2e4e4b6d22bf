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
  /** Of the access token that its opening ends in; absent, like the client, from one that had to end unopened. */
  readonly jti?: string;
  readonly client?: SignInClient;
  /** Who had to end for it. Default: nobody. */
  readonly replaces?: readonly string[];
  /** Newest pull of the andon cord that was read. */
  readonly pull: number;
  readonly now: number;
  readonly lifetimes: SessionLifetimes;
}): Session {
  const { sessionId, userId, userKind, method, jti, client, replaces = [], pull, now, lifetimes } = given;
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
    ...(jti !== undefined && { jti }),
    ...(client !== undefined && { client }),
    rotations: [],
    pull,
    ...(replaces.length > 0 && { replaces: [...replaces] }),
  };
}

import type { Risk, SecondFactorMethod, SignInClient, SignInMethod, UserKind } from "@lanyard/contracts";
import type { Session } from "../session-store.ts";
import { amrOf } from "./amr-of.ts";
import { expiryAfterUse, type SessionLifetimes } from "./lifetimes.ts";

/** A session as it is on opening: first generation, full lifetime. */
export function newSession(given: {
  readonly sessionId: string;
  readonly userId: string;
  readonly userKind: UserKind;
  readonly method: SignInMethod;
  /** Of the access token that its opening ends in; absent, like the client, from one that had to end unopened. */
  readonly jti?: string;
  readonly client?: SignInClient;
  /** Of accounts: the device it is opened on. */
  readonly deviceId?: string;
  /** What is odd about it. Default: nothing. */
  readonly risk?: Risk;
  /** What its second factor was proven with. Default: with none. */
  readonly secondFactor?: SecondFactorMethod | undefined;
  /** Who had to end for it. Default: nobody. */
  readonly replaces?: readonly string[];
  /** Newest pull of the andon cord that was read. */
  readonly pull: number;
  readonly now: number;
  readonly lifetimes: SessionLifetimes;
}): Session {
  const {
    sessionId,
    userId,
    userKind,
    method,
    jti,
    client,
    deviceId,
    risk,
    replaces = [],
    pull,
    now,
    lifetimes,
  } = given;
  const { secondFactor } = given;
  const openedAt = new Date(now).toISOString();
  return {
    sessionId,
    userId,
    userKind,
    method,
    amr: amrOf(method, secondFactor),
    openedAt,
    expiresAt: new Date(expiryAfterUse({ userKind, openedAt }, now, lifetimes)).toISOString(),
    generation: 1,
    ...(jti !== undefined && { jti }),
    ...(client !== undefined && { client }),
    ...(deviceId !== undefined && { deviceId }),
    ...(risk !== undefined && { risk }),
    ...(secondFactor !== undefined && { secondFactorAt: openedAt }),
    rotations: [],
    pull,
    ...(replaces.length > 0 && { replaces: [...replaces] }),
  };
}

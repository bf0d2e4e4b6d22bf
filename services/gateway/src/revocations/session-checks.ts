import {
  type AccessTokenClaims,
  type SignInAddress,
  type StampedSession,
  signInAddressOf,
  stampedSession,
} from "@lanyard/session-manager";
import { joinedReads } from "@lanyard/storage";
import type { Projections, Session } from "../reads/projections.ts";
import type { RevocationCheck, RevocationView } from "./revocation-view.ts";

export interface SessionChecksOptions {
  readonly view: Pick<RevocationView, "check" | "isStale" | "pulls">;
  readonly projections: Pick<Projections, "session">;
  /** Sessions whose sign-in address is remembered to be in no pulled range; default 100,000. */
  readonly mostRemembered?: number;
}

type Claims = Pick<AccessTokenClaims, "sub" | "sid" | "kind" | "method" | "auth_time" | "pull">;

const NONE: RevocationCheck = { kind: "none" };
const STALE: RevocationCheck = { kind: "stale" };
const BY_OPERATOR: RevocationCheck = { kind: "revoked", reason: "operator" };
const NOT_READ: SignInAddress = { kind: "not-read" };

/** Whether sessions still stand: what the log says of each, and what pulls of the andon cord say of all. */
export class SessionChecks {
  readonly #options: SessionChecksOptions;
  readonly #itemOf;
  /** The newest pull of a range that each session was found to be outside of, with all before it; last asked for last. */
  readonly #outside = new Map<string, number>();
  #refused = 0;

  constructor(options: SessionChecksOptions) {
    this.#options = options;
    this.#itemOf = joinedReads((key: string) => {
      const [userId = "", sessionId = ""] = key.split("/");
      return options.projections.session(userId, sessionId);
    });
  }

  /** Requests refused because a pull had voided their session, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Nobody can tell what is revoked. */
  get isStale(): boolean {
    return this.#options.view.isStale;
  }

  /**
   * What is known of the session of a genuine access token. Nothing is read for it, but by a session that is older than the
   * pull of an address range: where it was signed in from stands in its item only. @throws DependencyUnavailable
   */
  async check(claims: Claims): Promise<RevocationCheck> {
    const { view } = this.#options;
    const known = view.check(claims.sid);
    if (known.kind === "revoked" || claims.pull >= view.pulls.index.newest) return known;
    const verdict = view.pulls.index.check(stampedToken(claims, NOT_READ));
    if (verdict.kind === "void") return this.noteRefusal();
    if (known.kind === "stale" || verdict.kind === "stands") return known;
    return this.#checkAddress(claims);
  }

  /** Whether a pull has voided the session that an item describes. */
  isVoid = (session: Session): boolean => this.#options.view.pulls.index.check(stampedSession(session)).kind === "void";

  /** Counts a request that is refused because of a pull. */
  noteRefusal(): RevocationCheck {
    this.#refused += 1;
    return BY_OPERATOR;
  }

  async #checkAddress(claims: Claims): Promise<RevocationCheck> {
    const { view } = this.#options;
    const { index } = view.pulls;
    const newest = index.newestRange;
    const outside = this.#outside.get(claims.sid);
    if (outside !== undefined && outside >= newest) {
      this.#remember(claims.sid, outside);
      return NONE;
    }
    const session = await this.#itemOf(`${claims.sub}/${claims.sid}`);
    if (session?.revoked !== undefined) return { kind: "revoked", reason: session.revoked.reason };
    // A pull may have come in while the item was read: the index is asked as it is now, and `newest` is what it was before.
    if (index.check(stampedToken(claims, signInAddressOf(session))).kind === "void") return this.noteRefusal();
    if (this.isStale) return STALE;
    this.#remember(claims.sid, newest);
    return NONE;
  }

  #remember(sessionId: string, newest: number): void {
    this.#outside.delete(sessionId);
    this.#outside.set(sessionId, newest);
    if (this.#outside.size <= (this.#options.mostRemembered ?? 100_000)) return;
    const [oldest] = this.#outside.keys();
    if (oldest !== undefined) this.#outside.delete(oldest);
  }
}

const stampedToken = (claims: Claims, address: SignInAddress): StampedSession => ({
  userId: claims.sub,
  userKind: claims.kind,
  method: claims.method,
  openedAtSeconds: claims.auth_time,
  stamp: claims.pull,
  address,
});

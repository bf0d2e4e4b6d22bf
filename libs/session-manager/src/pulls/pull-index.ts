import type { RevocationScope, SignInMethod, UserKind } from "@lanyard/contracts";
import { isInScope, type PulledSession, secondOf } from "./is-in-scope.ts";

/** One pull of the andon cord that is in force. */
export interface Pull {
  readonly number: number;
  readonly revocationId: string;
  readonly scope: RevocationScope;
  /** Since when it is in force, ISO 8601. */
  readonly at: string;
}

export interface StampedSession extends PulledSession {
  /** The newest pull that whoever opened the session had read. */
  readonly stamp: number;
}

export type PullCheck =
  | { readonly kind: "stands" }
  | { readonly kind: "void"; readonly number: number }
  /** Only where it was signed in from can tell. */
  | { readonly kind: "undecided" };

type OpenedBefore = { readonly number: number; readonly second: number };
type IpRange = { readonly number: number; readonly scope: RevocationScope & { readonly kind: "ipRange" } };

/**
 * The pulls in force, so laid out that asking costs the same however many there are: a session is void if and only if one
 * with a higher number than its stamp names it. Pulls may be noted in any order, and more than once.
 */
export class PullIndex {
  readonly #all = new Map<"all" | UserKind, number>();
  readonly #users = new Map<string, number>();
  readonly #methods = new Map<SignInMethod, number>();
  /** Each with a later second and a lower number than the one before it; what others cover is left out. */
  #openedBefore: readonly OpenedBefore[] = [];
  #ipRanges: readonly IpRange[] = [];
  #newest = 0;

  /** The highest number noted; 0: none. */
  get newest(): number {
    return this.#newest;
  }

  /** The highest number of an `ipRange` noted; 0: none. */
  get newestRange(): number {
    return this.#ipRanges[0]?.number ?? 0;
  }

  note({ number, scope }: Pick<Pull, "number" | "scope">): void {
    this.#newest = Math.max(this.#newest, number);
    switch (scope.kind) {
      case "all":
        return raise(this.#all, "all", number);
      case "anonymous":
        return raise(this.#all, "anonymous", number);
      case "accounts":
        return raise(this.#all, "account", number);
      case "user":
        return raise(this.#users, scope.userId, number);
      case "method":
        return raise(this.#methods, scope.method, number);
      case "openedBefore":
        this.#openedBefore = uncovered([...this.#openedBefore, { number, second: secondOf(scope.at) }]);
        return;
      case "ipRange":
        if (!this.#ipRanges.some((range) => range.number === number)) {
          this.#ipRanges = [...this.#ipRanges, { number, scope }].sort((one, other) => other.number - one.number);
        }
    }
  }

  check(session: StampedSession): PullCheck {
    const { stamp } = session;
    if (stamp >= this.#newest) return { kind: "stands" };
    const number = Math.max(
      this.#all.get("all") ?? 0,
      this.#all.get(session.userKind) ?? 0,
      this.#users.get(session.userId) ?? 0,
      session.method === undefined ? Math.max(0, ...this.#methods.values()) : (this.#methods.get(session.method) ?? 0),
      this.#openedBefore.find(({ second }) => session.openedAtSeconds < second)?.number ?? 0,
    );
    if (number > stamp) return { kind: "void", number };
    return this.#checkRanges(session);
  }

  /** Ranges cannot be looked up by a key: only those are asked that are newer than the session, newest first. */
  #checkRanges(session: StampedSession): PullCheck {
    for (const { number, scope } of this.#ipRanges) {
      if (number <= session.stamp) break;
      const named = isInScope(scope, session);
      if (named === "undecided") return { kind: "undecided" };
      if (named) return { kind: "void", number };
    }
    return { kind: "stands" };
  }
}

function raise<Key>(numbers: Map<Key, number>, key: Key, number: number): void {
  numbers.set(key, Math.max(numbers.get(key) ?? 0, number));
}

/** Newest first; one that is older and reaches no later than another says nothing. */
function uncovered(pulls: readonly OpenedBefore[]): readonly OpenedBefore[] {
  const kept: OpenedBefore[] = [];
  for (const pull of pulls.toSorted((one, other) => other.number - one.number || other.second - one.second)) {
    if (pull.second > (kept.at(-1)?.second ?? Number.NEGATIVE_INFINITY)) kept.push(pull);
  }
  return kept;
}

import { BlockList, isIP, isIPv6 } from "node:net";
import type { RevocationScope, SignInMethod, UserKind } from "@lanyard/contracts";

/** What was known of where a session was signed in from. `not-read`: only the session's item says. */
export type SignInAddress =
  | { readonly kind: "known"; readonly ip: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "not-read" };

/** What scopes ask of a session. */
export interface PulledSession {
  readonly userId: string;
  readonly userKind: UserKind;
  /** `undefined`: its token is of a release that did not say. */
  readonly method: SignInMethod | undefined;
  /** Unix seconds, rounded down, as `auth_time` has it. */
  readonly openedAtSeconds: number;
  readonly address: SignInAddress;
}

/** Whether a pull names a session; what cannot be told counts as named, what has not been read is `undecided`. */
export function isInScope(scope: RevocationScope, session: PulledSession): boolean | "undecided" {
  switch (scope.kind) {
    case "all":
      return true;
    case "user":
      return scope.userId === session.userId;
    case "anonymous":
      return session.userKind === "anonymous";
    case "accounts":
      return session.userKind === "account";
    case "method":
      return session.method === undefined || session.method === scope.method;
    case "openedBefore":
      return session.openedAtSeconds < secondOf(scope.at);
    case "ipRange":
      switch (session.address.kind) {
        case "not-read":
          return "undecided";
        case "unknown":
          return true;
        case "known":
          return isIn(rangeOf(scope.cidr), session.address.ip);
      }
  }
}

const isIn = (range: BlockList, ip: string): boolean => isIP(ip) === 0 || range.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");

/** Tokens say when their session was opened in whole seconds: everybody asks by those, or two would differ. */
export const secondOf = (at: string): number => Math.floor(Date.parse(at) / 1000);

const ranges = new Map<string, BlockList>();
const MOST_RANGES = 1000;

function rangeOf(cidr: string): BlockList {
  const known = ranges.get(cidr);
  if (known !== undefined) return known;
  const [network = "", bits = ""] = cidr.split("/");
  const range = new BlockList();
  range.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  if (ranges.size >= MOST_RANGES) ranges.clear();
  ranges.set(cidr, range);
  return range;
}

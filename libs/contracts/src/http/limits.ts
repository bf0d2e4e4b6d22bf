/**
 * What a limit tells requests apart by: the client's address (IPv6 by /64), its network (IPv4 by /24, IPv6 by /48), the
 * mail address they name, the known device that they show.
 */
export type LimitPart = "client" | "network" | "address" | "device";

/** How often something may be asked for within a window that begins with the first request. */
export interface Limit {
  /** What is counted, in words. */
  readonly counts: string;
  readonly per: readonly LimitPart[];
  /** Default; a deployment may set another. */
  readonly quota: number;
  /** Default; a deployment may set another. */
  readonly windowSeconds: number;
}

const define = <const T extends Record<string, Limit>>(table: T): { readonly [Name in keyof T]: Limit } => table;

/**
 * Every limit there is, with its defaults; routes name those that hold for them, the strictest first. What one client or
 * one network may ask for an address within the window of `mailPerAddress` is less than that allows, wherever windows
 * begin: something is left for the owner.
 */
export const limits = define({
  anonymous: { counts: "visitors made", per: ["client"], quota: 120, windowSeconds: 600 },
  mailPerAddressAndClient: { counts: "mails asked for", per: ["address", "client"], quota: 5, windowSeconds: 900 },
  mailPerAddressAndNetwork: { counts: "mails asked for", per: ["address", "network"], quota: 10, windowSeconds: 1800 },
  mailPerClient: { counts: "mails asked for", per: ["client"], quota: 60, windowSeconds: 900 },
  mailPerAddress: { counts: "mails asked for", per: ["address"], quota: 30, windowSeconds: 3600 },
  mailPerDevice: { counts: "mails asked for on a known device", per: ["device"], quota: 20, windowSeconds: 3600 },
  passwordPerAddressAndClient: {
    counts: "passwords tried",
    per: ["address", "client"],
    quota: 20,
    windowSeconds: 900,
  },
  passwordPerClient: { counts: "passwords tried", per: ["client"], quota: 120, windowSeconds: 600 },
  secondFactorPerClient: { counts: "second factors tried", per: ["client"], quota: 60, windowSeconds: 600 },
  reportPerClient: { counts: "sessions reported", per: ["client"], quota: 30, windowSeconds: 600 },
  undoPerClient: { counts: "changes of address undone", per: ["client"], quota: 30, windowSeconds: 600 },
  adminUserTokens: { counts: "users whose tokens were revoked", per: ["client"], quota: 300, windowSeconds: 600 },
  adminAllTokens: { counts: "global rotations", per: ["client"], quota: 10, windowSeconds: 3600 },
  verify: { counts: "links and codes tried", per: ["client"], quota: 60, windowSeconds: 600 },
});

export type LimitName = keyof typeof limits;
export const limitNames = Object.keys(limits) as [LimitName, ...LimitName[]];

/**
 * Whether a client may be told how much of a limit is used: what it counts was asked for by that client alone. Of a limit
 * that counts what others ask for too, the rest would tell that they did.
 */
export const isOfOneClient = (name: LimitName): boolean => limits[name].per.includes("client");

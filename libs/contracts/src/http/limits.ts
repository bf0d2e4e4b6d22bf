/** What a limit tells requests apart by: the client's address (IPv6 by /64), the mail address they name, or both. */
export type LimitPart = "client" | "address";

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

/** Every limit there is, with its defaults; routes name those that hold for them, the strictest first. */
export const limits = define({
  anonymous: { counts: "visitors made", per: ["client"], quota: 120, windowSeconds: 600 },
  mailPerClient: { counts: "mails asked for", per: ["address", "client"], quota: 5, windowSeconds: 900 },
  mailPerAddress: { counts: "mails asked for", per: ["address"], quota: 30, windowSeconds: 3600 },
  verify: { counts: "links and codes tried", per: ["client"], quota: 60, windowSeconds: 600 },
});

export type LimitName = keyof typeof limits;
export const limitNames = Object.keys(limits) as [LimitName, ...LimitName[]];

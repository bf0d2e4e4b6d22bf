import { limits as allLimits, type Client, isOfOneClient, type LimitName, type LimitPart } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { Response } from "express";
import { ProblemError } from "../http/problem.ts";
import { clientPartition, networkPartition } from "./client-partition.ts";
import type { RateLimits, Taken } from "./rate-limits.ts";

export interface AdmissionDeps {
  readonly rateLimits: RateLimits;
  readonly derivation: Derivation;
  readonly log: Log;
}

/** What tells one request from another for its limits. */
export interface Asking {
  readonly ip: string;
  /** The mail address it names, in its normal form. */
  readonly address: string | undefined;
  /** The known device that it shows to come from. Default: none. */
  readonly device?: Client["device"];
}

/** `admitted`: it is counted. `refused`: it is over a limit, and counts nowhere. */
export type Admission =
  | {
      readonly kind: "admitted";
      /** It was a replay after all: uncounts it. Never throws; what cannot be given back stays counted. */
      giveBack(): Promise<void>;
    }
  | { readonly kind: "refused"; readonly problem: ProblemError };

/**
 * Counts a request against its route's limits, one after the other: what is over the first one counts nowhere else, so
 * that a stranger who is stopped by the strict limit of an address does not use up the generous one. The answer's headers
 * say what remains of what this client alone uses up; of limits that others use up too, nothing but a rough time to come
 * back, and that only once they are reached.
 * @throws DependencyUnavailable: who cannot count lets nobody sign in
 */
export async function admit(
  deps: AdmissionDeps,
  names: readonly LimitName[],
  asking: Asking,
  response: Response,
): Promise<Admission> {
  const all: Taken[] = [];
  const giveBack = async (): Promise<void> => {
    try {
      await Promise.all(all.map((taken) => deps.rateLimits.giveBack(taken)));
    } catch (error) {
      deps.log.warn({ requestId: response.locals["requestId"], err: error }, "a request stays counted");
    }
  };
  for (const name of names) {
    const taken = await deps.rateLimits.take(name, keyOf(deps.derivation, name, asking));
    all.push(taken);
    tell(response, all);
    if (taken.allowed) continue;
    await giveBack();
    return { kind: "refused", problem: new ProblemError("rate_limited", {}, comeBackIn(taken)) };
  }
  return { kind: "admitted", giveBack };
}

/** What is told of limits that others use up too is no more exact than this. */
const ROUGHLY_SECONDS = 300;

const comeBackIn = ({ name, resetSeconds }: Taken): number =>
  isOfOneClient(name) ? resetSeconds : Math.ceil(resetSeconds / ROUGHLY_SECONDS) * ROUGHLY_SECONDS;

/** Nothing in the table says whose address or which mail address it is. By name, as all gateways must agree on one key. */
function keyOf(derivation: Derivation, name: LimitName, asking: Asking): string {
  const [kid = derivation.currentKid] = derivation.kids.toSorted();
  const parts = allLimits[name].per.map((part) => `${part}=${partOf(part, name, asking)}`);
  return derivation.bytes(kid, "rate-limit", name, ...parts).toString("base64url");
}

function partOf(part: LimitPart, name: LimitName, { ip, address, device }: Asking): string {
  if (part === "client") return clientPartition(ip);
  if (part === "network") return networkPartition(ip);
  if (part === "device") {
    if (device === undefined) throw new TypeError(`the limit ${name} needs a device, and the request shows none`);
    return `${device.userId}/${device.deviceId}`;
  }
  if (address === undefined) throw new TypeError(`the limit ${name} needs an address, and the request names none`);
  return address;
}

/** RateLimit header fields for HTTP (draft-ietf-httpapi-ratelimit-headers-11): lists of strings with parameters. */
function tell(response: Response, all: readonly Taken[]): void {
  const told = all.filter(({ name }) => isOfOneClient(name));
  if (told.length === 0) return;
  const listed = (fields: (taken: Taken) => string): string =>
    told.map((taken) => `"${taken.name}";${fields(taken)}`).join(", ");
  response.set({
    "RateLimit-Policy": listed(({ limit, windowSeconds }) => `q=${limit};w=${windowSeconds}`),
    RateLimit: listed(({ remaining, resetSeconds }) => `r=${remaining};t=${resetSeconds}`),
  });
}

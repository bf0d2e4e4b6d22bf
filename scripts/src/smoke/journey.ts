import type { httpSchemas } from "@lanyard/contracts";
import type { z } from "zod";
import type { Deployment } from "./deployment.ts";

/** What steps find out and later ones build on. */
export interface Facts {
  jwks: z.output<typeof httpSchemas.jwks>;
  visitor: z.output<typeof httpSchemas.authResult>;
  operation: { path: string; secret: string };
}

/** One way through a deployment. */
export interface Journey {
  deployment: Deployment;
  facts: Partial<Facts>;
}

/** One line of the report; throws Unexpected when the deployment is not as it should be. */
export interface Step {
  /** What is true when it succeeds. */
  name: string;
  run(journey: Journey): Promise<void>;
  /** Left out where the deployment takes no `X-User-ID`. */
  needsVisitorIds?: true;
}

/** What an earlier step has found out; a journey ends at its first failure, so only the list of steps can be wrong. */
export function known<F extends keyof Facts>({ facts }: Journey, fact: F): Facts[F] {
  const found = facts[fact];
  if (found === undefined) throw new Error(`no step before this one finds out "${fact}"`);
  return found as Facts[F];
}

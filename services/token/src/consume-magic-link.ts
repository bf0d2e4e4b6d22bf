import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { Sealing } from "@lanyard/secrets";
import { provenBy } from "./challenges/chosen-password.ts";
import type { Registrations } from "./challenges/registrations.ts";
import { type SpendByLinkDeps, spendByLink } from "./challenges/spend-by-link.ts";

export interface ConsumeMagicLinkDeps extends SpendByLinkDeps {
  readonly registrations: Registrations;
  readonly sealing: Sealing;
}

/** Spends a challenge that signs in, by its link. */
export const consumeMagicLink = (deps: ConsumeMagicLinkDeps): Handler =>
  handle(commands.token.consumeMagicLink, async (run) => {
    const spent = await spendByLink(deps, "sign_in", run, deps.registrations);
    if (spent.kind === "problem") return spent;
    return done(await provenBy(deps.sealing, spent.challenge), spent.events);
  });

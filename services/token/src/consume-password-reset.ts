import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { type SpendByLinkDeps, spendByLink } from "./challenges/spend-by-link.ts";

/** Spends a challenge that lets its address choose a password, by its link. */
export const consumePasswordReset = (deps: SpendByLinkDeps): Handler =>
  handle(commands.token.consumePasswordReset, async (run) => {
    const spent = await spendByLink(deps, "password_reset", run);
    if (spent.kind === "problem") return spent;
    const { email, createdAt: linkAskedAt } = spent.challenge;
    return done({ email, linkAskedAt }, spent.events);
  });

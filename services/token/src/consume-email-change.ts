import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { type SpendByLinkDeps, spendByLink } from "./challenges/spend-by-link.ts";

/** Spends a challenge that gives an account its address, by its link. Whose it is to be was said when it was asked for. */
export const consumeEmailChange = (deps: SpendByLinkDeps): Handler =>
  handle(commands.token.consumeEmailChange, async (run) => {
    const spent = await spendByLink(deps, "email_change", run);
    if (spent.kind === "problem") return spent;
    const { userId, email } = spent.challenge;
    if (userId === undefined) throw new Error("a change of address that is nobody's");
    return done({ userId, email }, spent.events);
  });

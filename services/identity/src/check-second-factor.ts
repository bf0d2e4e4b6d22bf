import { commands } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import { type GiveCodeDeps, giveCode } from "./second-factor/give-code.ts";
import { refused } from "./second-factor/refused.ts";

/** Whether a signed-in account has its second factor at hand. A code counts once, here as at a sign-in. */
export const checkSecondFactor = (deps: GiveCodeDeps): Handler =>
  handle(commands.identity.checkSecondFactor, async ({ input, operationId, receivedAt, writtenBy }) => {
    const result = await giveCode(deps, { ...input, operationId, receivedAt, writtenBy });
    switch (result.kind) {
      case "off":
        return problem("totp_not_set_up");
      case "refused":
        return refused(result);
      case "wrong":
        return problem("totp_invalid", {}, result.events);
      case "right":
        return done({ secondFactor: result.by }, result.events);
    }
  });

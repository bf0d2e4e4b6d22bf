import type { Handler } from "@lanyard/messaging";
import { type SendSignInMailDeps, sendSignInMail } from "./send-sign-in-mail.ts";

/** Everything the notification worker does. */
export const handlers = (deps: SendSignInMailDeps): readonly Handler[] => [sendSignInMail(deps)];

import type { Handler } from "@lanyard/messaging";
import { type IssueTokensDeps, issueTokens } from "./issue-tokens.ts";

/** Everything the token worker does. */
export const handlers = (deps: IssueTokensDeps): readonly Handler[] => [issueTokens(deps)];

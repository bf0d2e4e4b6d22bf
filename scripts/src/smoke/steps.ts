import type { Step } from "./journey.ts";
import { asyncSignIn, operationIsFound, operationIsHidden } from "./steps/operations.ts";
import { isReady, publishesKeys, publishesOpenApi } from "./steps/published.ts";
import {
  conflictingCredentialsAreRefused,
  garbageIsAProblem,
  nobodyIsRefused,
  tamperedTokensAreRefused,
} from "./steps/refusals.ts";
import { signInAsVisitor, tokenIsGenuine } from "./steps/sign-in.ts";
import { streamedSignIn } from "./steps/streamed-sign-in.ts";
import { sessionByBearer, sessionByVisitorId } from "./steps/who-is-calling.ts";

/** The whole journey, in its order: each step may build on what those before it found out. */
export const smokeSteps: readonly Step[] = [
  isReady,
  publishesOpenApi,
  publishesKeys,
  signInAsVisitor,
  tokenIsGenuine,
  sessionByBearer,
  sessionByVisitorId,
  nobodyIsRefused,
  conflictingCredentialsAreRefused,
  tamperedTokensAreRefused,
  asyncSignIn,
  operationIsFound,
  operationIsHidden,
  streamedSignIn,
  garbageIsAProblem,
];

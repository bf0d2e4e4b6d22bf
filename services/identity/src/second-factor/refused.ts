import { problem, type StepResult } from "@lanyard/messaging";
import type { Refusal } from "./decide-tries.ts";

/** A code that is not compared now, and perhaps never. */
export const refused = ({ retryAfterSeconds }: Refusal): StepResult<never> =>
  problem("totp_attempts_exceeded", retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

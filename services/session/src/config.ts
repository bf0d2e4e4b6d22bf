import { serviceConfig, wholeNumber } from "@lanyard/service";
import type { z } from "zod";

const DAY_SECONDS = 24 * 3600;

/** The session worker's configuration; `docs/configuration.md` describes each variable. */
export const sessionConfig = serviceConfig
  .extend({
    LANYARD_ANONYMOUS_IDLE_SECONDS: wholeNumber({ min: 1, max: 400 * DAY_SECONDS, default: 30 * DAY_SECONDS }),
    LANYARD_ACCOUNT_IDLE_SECONDS: wholeNumber({ min: 1, max: 400 * DAY_SECONDS, default: 30 * DAY_SECONDS }),
    LANYARD_ACCOUNT_MAX_SECONDS: wholeNumber({ min: 1, max: 400 * DAY_SECONDS, default: 90 * DAY_SECONDS }),
    LANYARD_SESSION_LIMIT: wholeNumber({ min: 1, max: 1000, default: 10 }),
  })
  .refine((given) => !(given.LANYARD_ACCOUNT_IDLE_SECONDS > given.LANYARD_ACCOUNT_MAX_SECONDS), {
    path: ["LANYARD_ACCOUNT_IDLE_SECONDS"],
    error: "must be at most LANYARD_ACCOUNT_MAX_SECONDS",
    // Also when other variables are wrong, so that all mistakes show at once.
    when: () => true,
  });
export type SessionConfig = z.output<typeof sessionConfig>;

import { serviceConfig, wholeNumber } from "@lanyard/service";
import { z } from "zod";

/** With a core or two, one hash at a time leaves something for everything else; with more, half of them. */
const hashesAtOnce = (cores: number): number => Math.max(1, Math.floor(cores / 2));

/** With so few cores, what else a sign-in takes needs as much again as its hash. */
const hashingPercent = (cores: number): number => (cores <= 2 ? 50 : 100);

/** The identity worker's configuration on a machine of so many cores; `docs/configuration.md` describes each variable. */
export const identityConfig = (cores: number) =>
  serviceConfig.extend({
    LANYARD_HASH_CONCURRENCY: wholeNumber({ min: 1, max: 64, default: hashesAtOnce(cores) }),
    LANYARD_HASH_PERCENT: wholeNumber({ min: 1, max: 100, default: hashingPercent(cores) }),
    LANYARD_TOTP_ISSUER: z
      .string()
      .regex(/^[^:\p{Cc}]{1,64}$/u, { error: "must be 1 to 64 characters without a colon" })
      .default("Lanyard"),
  });
export type IdentityConfig = z.output<ReturnType<typeof identityConfig>>;

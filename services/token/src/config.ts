import { normalEmail } from "@lanyard/contracts";
import { challengeLifetimes, issuerConfig, publicUrlMistake, publicUrlNeeded, wholeNumber } from "@lanyard/service";
import { z } from "zod";

const DAY_SECONDS = 24 * 3600;

/** `address=code` pairs, comma separated. */
const addressCodes = z
  .string()
  .default("")
  .transform((text, context): ReadonlyMap<string, string> => {
    const codes = new Map<string, string>();
    for (const pair of text.split(",").filter((part) => part.trim() !== "")) {
      const [address = "", code = ""] = pair.trim().split("=");
      const normal = normalEmail(address);
      if (normal === undefined || !/^\d{6}$/.test(code)) {
        context.addIssue({
          code: "custom",
          message: "must be address=code pairs, codes of six digits, comma separated",
        });
        return z.NEVER;
      }
      codes.set(normal, code);
    }
    return codes;
  });

/** The token worker's configuration; `docs/configuration.md` describes each variable. */
export const tokenConfig = issuerConfig
  .extend({
    LANYARD_ACCESS_TOKEN_SECONDS: wholeNumber({ min: 1, max: 3600, default: 600 }),
    LANYARD_SIGNING_KEY_ROTATE_SECONDS: wholeNumber({ min: 60, max: 366 * DAY_SECONDS, default: 30 * DAY_SECONDS }),
    LANYARD_SIGNING_KEY_AHEAD_SECONDS: wholeNumber({ min: 30, max: 7 * DAY_SECONDS, default: 3600 }),
    ...challengeLifetimes,
    LANYARD_FIXED_CODES: addressCodes,
  })
  .refine(publicUrlNeeded, publicUrlMistake)
  .refine(fixedCodesInDevelopment, {
    path: ["LANYARD_FIXED_CODES"],
    error: "needs LANYARD_MODE=development: whoever knows a code signs in as its address",
    when: () => true,
  });

/** Runs also when other variables are wrong, so that all mistakes show at once. */
function fixedCodesInDevelopment(config: {
  readonly LANYARD_MODE?: unknown;
  readonly LANYARD_FIXED_CODES?: unknown;
}): boolean {
  const codes = config.LANYARD_FIXED_CODES;
  const none = codes === undefined || codes === "" || (codes instanceof Map && codes.size === 0);
  return config.LANYARD_MODE === "development" || none;
}

import type { RevocationScope } from "@lanyard/contracts";
import {
  challengeLifetimes,
  httpUrl,
  issuerConfig,
  publicUrlMistake,
  publicUrlNeeded,
  wholeNumber,
} from "@lanyard/service";
import { dataKindsSetting } from "@lanyard/user-data";
import { z } from "zod";
import { developmentOpsKey, type OpsKeyHash, parseOpsKeyHashes } from "./auth/ops-keys.ts";
import { parseAlarmScope } from "./cord/alarm-scope.ts";
import { defaultLimits, parseLimits } from "./limits/limit-settings.ts";
import type { LimitSettings } from "./limits/rate-limits.ts";

/** A comma-separated list; every entry must fit. */
const list = (entry: z.ZodType<string, string>): z.ZodType<readonly string[]> =>
  z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .pipe(z.array(entry)) as unknown as z.ZodType<readonly string[]>;

const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: "must be IP addresses or CIDR ranges, comma separated",
});
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: "must be origins, as https://app.example.com",
});

/** What `read` makes of the text; what it throws is the mistake. Unset: `standard`. */
const readBy = <Value>(read: (text: string) => Value, standard: Value): z.ZodType<Value> =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      try {
        return text === undefined ? standard : read(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "unreadable" });
        return z.NEVER;
      }
    }) as unknown as z.ZodType<Value>;

const isDevelopmentKey = (config: { readonly LANYARD_MODE?: unknown; readonly LANYARD_OPS_KEY?: unknown }): boolean =>
  config.LANYARD_MODE === "development" || config.LANYARD_OPS_KEY === undefined;

/** The gateway's configuration; `docs/configuration.md` describes each variable. */
export const gatewayConfig = issuerConfig
  .extend({
    LANYARD_TRUSTED_PROXIES: list(cidr),
    LANYARD_CORS_ORIGINS: list(origin),
    LANYARD_REDIRECT_ORIGINS: list(origin),
    LANYARD_MAILBOX_URL: httpUrl.optional(),
    ...challengeLifetimes,
    LANYARD_DATA_KINDS: dataKindsSetting,
    LANYARD_LIMITS: readBy<LimitSettings>(parseLimits, defaultLimits),
    LANYARD_ALARM_SCOPE: readBy<RevocationScope | undefined>(parseAlarmScope, undefined),
    LANYARD_OPS_KEY: readBy<OpsKeyHash | undefined>(developmentOpsKey, undefined),
    LANYARD_OPS_KEY_HASHES: readBy<readonly OpsKeyHash[]>(parseOpsKeyHashes, []),
    LANYARD_VISITOR_IDS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
    LANYARD_STEP_UP_SECONDS: wholeNumber({ min: 1, max: 24 * 3600, default: 900 }),
    LANYARD_REQUEST_DEADLINE_MS: wholeNumber({ min: 100, max: 60_000, default: 10_000 }),
  })
  .refine(publicUrlNeeded, publicUrlMistake)
  .refine(isDevelopmentKey, {
    path: ["LANYARD_OPS_KEY"],
    error: "is for development: production has LANYARD_OPS_KEY_HASHES",
    when: () => true,
  });
export type GatewayConfig = z.output<typeof gatewayConfig>;

/** Every key that operates this deployment; none: nobody does with a key. */
export const opsKeysOf = ({ LANYARD_OPS_KEY, LANYARD_OPS_KEY_HASHES }: GatewayConfig): readonly OpsKeyHash[] =>
  LANYARD_OPS_KEY === undefined ? LANYARD_OPS_KEY_HASHES : [LANYARD_OPS_KEY, ...LANYARD_OPS_KEY_HASHES];

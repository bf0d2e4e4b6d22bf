import { issuerConfig, publicUrlMistake, publicUrlNeeded, wholeNumber } from "@lanyard/service";
import { z } from "zod";

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

/** The gateway's configuration; `docs/configuration.md` describes each variable. */
export const gatewayConfig = issuerConfig
  .extend({
    LANYARD_TRUSTED_PROXIES: list(cidr),
    LANYARD_CORS_ORIGINS: list(origin),
    LANYARD_VISITOR_IDS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
    LANYARD_REQUEST_DEADLINE_MS: wholeNumber({ min: 100, max: 60_000, default: 10_000 }),
  })
  .refine(publicUrlNeeded, publicUrlMistake);
export type GatewayConfig = z.output<typeof gatewayConfig>;

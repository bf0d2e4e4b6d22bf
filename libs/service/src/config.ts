import { parseKeyring } from "@lanyard/secrets";
import { z } from "zod";

/** Everything that is wrong with the configuration, at once, each mistake with the name of its variable. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(
      `configuration: ${mistakes.length} mistake${mistakes.length === 1 ? "" : "s"}\n${mistakes.map((m) => `  ${m}`).join("\n")}`,
    );
    this.name = "ConfigMistakes";
    this.mistakes = mistakes;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `schema` from the environment; empty variables count as unset.
 * @throws ConfigMistakes naming every mistake, never a value.
 */
export function readConfig<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigMistakes(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join(".");
      const unset = given[name] === undefined && issue.code === "invalid_type";
      return `${name}: ${unset ? "is required" : issue.message}`;
    }),
  );
}

const keyList = (what: string): z.ZodType<ReturnType<typeof parseKeyring>, string> =>
  z.string().transform((text, context) => {
    try {
      return parseKeyring(text);
    } catch (error) {
      context.addIssue({
        code: "custom",
        message: `${what}: ${error instanceof Error ? error.message : "unreadable"}`,
      });
      return z.NEVER;
    }
  });

/** A whole number between two limits, with a default. */
export const wholeNumber = (limits: {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}): z.ZodType<number> =>
  z.coerce
    .number({ error: "must be a number" })
    .int({ error: "must be a whole number" })
    .min(limits.min, { error: `must be at least ${limits.min}` })
    .max(limits.max, { error: `must be at most ${limits.max}` })
    .default(limits.default) as unknown as z.ZodType<number>;

export const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
  .transform((url) => url.replace(/\/+$/, ""));

/** What every service reads. */
export const serviceConfig = z.object({
  LANYARD_MODE: z
    .enum(["production", "development"], { error: "must be production or development" })
    .default("production"),
  LANYARD_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, { error: "must be 1 to 40 of A-Z a-z 0-9 _ -" })
    .default("lanyard"),
  LANYARD_SEALING_KEYS: keyList("kid:key pairs, comma separated"),
  LANYARD_DERIVATION_KEYS: keyList("kid:key pairs, comma separated"),
  LANYARD_POLL_WAIT_SECONDS: wholeNumber({ min: 0, max: 20, default: 20 }),
  LANYARD_VISIBILITY_SECONDS: wholeNumber({ min: 1, max: 43_200, default: 30 }),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      error: "must be a pino level, as info or debug",
    })
    .default("info"),
  PORT: wholeNumber({ min: 0, max: 65_535, default: 8080 }),
});
export type ServiceConfig = z.output<typeof serviceConfig>;

/**
 * Adds who issues access tokens and for whom. Gateway and token worker must agree, so production must name the public URL
 * (`.refine(publicUrlNeeded, publicUrlMistake)`).
 */
export const issuerConfig = serviceConfig.extend({
  LANYARD_PUBLIC_URL: httpUrl.optional(),
  LANYARD_AUDIENCE: z.string().min(1).max(200).default("lanyard"),
});

/** How long e-mail challenges can be answered: the gateway says so, the token worker sees to it. */
export const challengeLifetimes = {
  LANYARD_MAGIC_LINK_SECONDS: wholeNumber({ min: 1, max: 24 * 3600, default: 3600 }),
  LANYARD_EMAIL_CODE_SECONDS: wholeNumber({ min: 1, max: 3600, default: 600 }),
};

/** A check on several variables that runs also when others are wrong, so that all mistakes show at once. */
export const publicUrlNeeded = (config: {
  readonly LANYARD_MODE?: unknown;
  readonly LANYARD_PUBLIC_URL?: unknown;
}): boolean => config.LANYARD_MODE === "development" || config.LANYARD_PUBLIC_URL !== undefined;

export const publicUrlMistake = {
  path: ["LANYARD_PUBLIC_URL"],
  error: "is required in production",
  when: () => true,
};

/** The issuer of tokens: the public URL, by default the gateway on this machine. */
export const issuerOf = (config: { readonly LANYARD_PUBLIC_URL?: string | undefined }, gatewayPort: number): string =>
  config.LANYARD_PUBLIC_URL ?? `http://localhost:${gatewayPort}`;

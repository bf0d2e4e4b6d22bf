import { dataKind, MOST_VALUE_BYTES } from "@lanyard/contracts";
import { Ajv } from "ajv";
import { z } from "zod";

/**
 * What happens to a visitor's item when the account has one of its kind and name. `keep-both`: it is renamed.
 * `keep-account`: the account's counts. `keep-newest`: the one that was changed last counts.
 */
export const conflictRule = z.enum(["keep-both", "keep-account", "keep-newest"]);
export type ConflictRule = z.output<typeof conflictRule>;

/** A kind of what users own, as the deployment declares it. */
export interface DataKind {
  readonly conflict: ConflictRule;
  /** How many a user may have. */
  readonly maxItems: number;
  /** How large a value may be: UTF-8 bytes of its JSON. */
  readonly maxBytes: number;
  /** What is wrong with a value by the kind's JSON Schema; empty: nothing. */
  readonly mistakesIn: (value: unknown) => readonly ValueMistake[];
}

/** One mistake in a value: where, as `value/colour`, and what. */
export interface ValueMistake {
  readonly path: string;
  readonly message: string;
}

/** Every kind there is, by name. */
export type DataKinds = ReadonlyMap<string, DataKind>;

const MOST_MISTAKES = 20;
const MOST_ITEMS = 100_000;

const declared = z.record(
  dataKind,
  z.strictObject({
    conflict: conflictRule.default("keep-both"),
    maxItems: z.int().min(1).max(MOST_ITEMS).default(500),
    maxBytes: z.int().min(2).max(MOST_VALUE_BYTES).default(MOST_VALUE_BYTES),
    schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
  }),
);

/** The kinds of a deployment that declares none. */
export const SHIPPED_KINDS = {
  configuration: { conflict: "keep-both", maxItems: 500, maxBytes: 32_768 },
  alert: { conflict: "keep-both", maxItems: 500, maxBytes: 8192 },
  preference: { conflict: "keep-account", maxItems: 200, maxBytes: 4096 },
} as const satisfies z.input<typeof declared>;

/** `LANYARD_DATA_KINDS`: JSON, `{"<kind>": {conflict?, maxItems?, maxBytes?, schema?}}`; default: those shipped. */
export const dataKindsSetting: z.ZodType<DataKinds, string | undefined> = z
  .string()
  .default(JSON.stringify(SHIPPED_KINDS))
  .transform((text, context) => {
    const fail = (message: string): typeof z.NEVER => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    const parsed = declared.safeParse(jsonOf(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return fail(`${issue?.path.join(".") || "it"}: ${issue?.message ?? "is not understood"}`);
    }
    try {
      return kindsOf(parsed.data);
    } catch (error) {
      return fail(error instanceof Error ? error.message : "is not understood");
    }
  });

/** @throws Error naming a kind whose schema is no JSON Schema. */
export function kindsOf(kinds: z.input<typeof declared>): DataKinds {
  return new Map(
    Object.entries(declared.parse(kinds)).map(([name, { schema, ...kind }]) => [
      name,
      { ...kind, mistakesIn: mistakesBy(name, schema ?? true) },
    ]),
  );
}

/** JSON Schema draft-07, what it does not know refused; formats say something and check nothing. */
function mistakesBy(kind: string, schema: boolean | Record<string, unknown>): DataKind["mistakesIn"] {
  const ajv = new Ajv({ allErrors: true, strict: true, validateFormats: false });
  let validate: ReturnType<Ajv["compile"]>;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    throw new Error(`${kind}.schema: ${error instanceof Error ? error.message : "is no JSON Schema"}`);
  }
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? [])
      .slice(0, MOST_MISTAKES)
      .map(({ instancePath, message }) => ({ path: `value${instancePath}`, message: message ?? "is not allowed" }));
  };
}

/** What is no JSON becomes what no declaration is. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

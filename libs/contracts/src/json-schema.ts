import { z } from "zod";
import type { Json, JsonObject } from "./shapes.ts";

/** JSON Schemas of one document; those of schemas with `.meta({ id })` stand once, under `#/components/schemas`. */
export interface SchemaComponents {
  /** In the order in which they were first met. */
  readonly schemas: JsonObject;
  /** The schema, or a `$ref` to it; `input` is what a sender may write, `output` (default) what a reader will find. */
  of(schema: z.ZodType, io?: "input" | "output"): JsonObject;
}

const RECURSIVE = "a recursive schema needs a name: .meta({ id })";

/** @throws TypeError when a recursive schema has no id, or two schemas share one. */
export function schemaComponents(target: "draft-07" | "draft-2020-12"): SchemaComponents {
  const schemas: JsonObject = {};
  // A document says much of a few schemas: what every route can answer stands in it hundreds of times.
  const made = { input: new Map<z.ZodType, JsonObject>(), output: new Map<z.ZodType, JsonObject>() };
  return {
    schemas,
    of(schema, io = "output") {
      const known = made[io].get(schema);
      if (known !== undefined) return known;
      const whole = z.toJSONSchema(schema, { target, io, override: (context) => simplify(context.jsonSchema) });
      const { $schema: _, $defs, definitions, ...root } = whole as JsonObject;
      // What may be written is looser than what will be read, so the two never share a component.
      const nameOf = (id: string) => (io === "input" ? `${id}Input` : id);
      for (const [id, definition] of Object.entries(($defs ?? definitions ?? {}) as JsonObject)) {
        if (id.startsWith("__")) throw new TypeError(RECURSIVE);
        const { id: _id, ...named } = pointToComponents(definition, nameOf) as JsonObject;
        const standing = schemas[nameOf(id)];
        if (standing !== undefined && JSON.stringify(standing) !== JSON.stringify(named)) {
          throw new TypeError(`two schemas have the id "${id}"`);
        }
        schemas[nameOf(id)] = named;
      }
      const schemaHere = pointToComponents(root, nameOf) as JsonObject;
      made[io].set(schema, schemaHere);
      return schemaHere;
    },
  };
}

/**
 * `format` says what zod's long patterns say, but for the `Z` of times that take no offset, and for formats of zod's own, which no
 * other reader knows; every integer of JSON is a safe one.
 */
function simplify(schema: { format?: unknown; pattern?: unknown; minimum?: unknown; maximum?: unknown }): void {
  if (schema.format === "date-time" && !takesOffset(schema.pattern)) schema.pattern = "Z$";
  else if (zodsOwn.has(schema.format)) delete schema.format;
  else if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

const zodsOwn: ReadonlySet<unknown> = new Set(["cidrv4", "cidrv6"]);

const takesOffset = (pattern: unknown): boolean => typeof pattern === "string" && pattern.includes("[+-]");

function pointToComponents(value: Json, nameOf: (id: string) => string): Json {
  if (Array.isArray(value)) return value.map((element) => pointToComponents(element, nameOf));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (name !== "$ref" || typeof field !== "string") return [name, pointToComponents(field, nameOf)];
      const [, id] = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(field) ?? [];
      if (id === undefined) throw new TypeError(RECURSIVE);
      return [name, `#/components/schemas/${nameOf(id)}`];
    }),
  );
}

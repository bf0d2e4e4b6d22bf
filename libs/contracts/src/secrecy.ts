import { z } from "zod";

/** What a field is, beyond its type: `sealed` never travels or rests in the clear, `personal` stays out of logs. */
export type Secrecy = "sealed" | "personal";

const registry = z.registry<{ secrecy: Secrecy }>();

/** Marks a field whose value is a secret: a JWE in messages, tables, dead letters and stored outcomes. */
export const sealed = <S extends z.ZodType>(schema: S): S => mark(schema, "sealed");

/** Marks a field that says something about a person: logs show `[personal]` in its place. */
export const personal = <S extends z.ZodType>(schema: S): S => mark(schema, "personal");

function mark<S extends z.ZodType>(schema: S, secrecy: Secrecy): S {
  const marked = schema.clone();
  registry.add(marked, { secrecy });
  return marked;
}

/** What the schema is marked as, also when `.optional()`, `.nullable()`, `.default()` and the like came after the mark. */
export function secrecyOf(schema: z.ZodType): Secrecy | undefined {
  const inner = unwrapped(schema);
  return registry.get(schema)?.secrecy ?? (inner === undefined ? undefined : secrecyOf(inner));
}

/** The top-level fields of an object that travel sealed. */
export function sealedFields(schema: z.ZodObject): readonly string[] {
  const known = sealedFieldsOf.get(schema);
  if (known !== undefined) return known;
  const names = Object.entries(schema.shape)
    .filter(([, field]) => secrecyOf(field as z.ZodType) === "sealed")
    .map(([name]) => name);
  sealedFieldsOf.set(schema, names);
  return names;
}

/** Every message asks, and a schema does not change. */
const sealedFieldsOf = new WeakMap<z.ZodObject, readonly string[]>();

/** The shape an object has on the wire and at rest: each sealed field is a JWE compact string. */
export function sealedForm(schema: z.ZodObject): z.ZodObject {
  const shape = { ...schema.shape } as Record<string, z.ZodType>;
  for (const name of sealedFields(schema)) {
    const box = z.string().meta({ description: "JWE compact (dir, A256GCM), bound to the operation and this field" });
    shape[name] = shape[name]?.safeParse(undefined).success ? box.optional() : box;
  }
  return z.object(shape);
}

/**
 * A copy of `value` that may be logged: sealed and personal fields are replaced at every depth, and so is whatever the
 * schema does not describe, which might be either.
 */
export function redact(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined) return undefined;
  const secrecy = secrecyOf(schema);
  if (secrecy !== undefined) return `[${secrecy}]`;
  if (value === null) return null;
  const inner = unwrapped(schema);
  if (inner !== undefined) return redact(inner, value);
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((each) => (each as z.ZodType).safeParse(value).success);
    return option === undefined ? UNDESCRIBED : redact(option as z.ZodType, value);
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((element) => redact(schema.element as z.ZodType, element));
  }
  if (schema instanceof z.ZodRecord && typeof value === "object") {
    return mapFields(value, () => schema.valueType as z.ZodType);
  }
  if (schema instanceof z.ZodObject && typeof value === "object") {
    return mapFields(value, (name) =>
      Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined,
    );
  }
  return typeof value === "object" || !describesPrimitives(schema) ? UNDESCRIBED : value;
}

const UNDESCRIBED = "[unknown field]";

const mapFields = (value: object, schemaOf: (name: string) => z.ZodType | undefined): object =>
  Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const known = schemaOf(name);
      return [name, known === undefined ? UNDESCRIBED : redact(known, field)];
    }),
  );

const describesPrimitives = (schema: z.ZodType): boolean =>
  ["string", "number", "int", "boolean", "bigint", "literal", "enum", "template_literal"].includes(schema.def.type);

/** What a schema wraps without changing what the value is, if it wraps anything. */
function unwrapped(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodReadonly
  ) {
    return schema.unwrap() as z.ZodType;
  }
  return undefined;
}

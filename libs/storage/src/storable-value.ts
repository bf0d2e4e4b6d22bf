import type { JsonObject, JsonValue } from "./json.ts";

/** DynamoDB takes 400 KB with keys and attributes; the rest is room for those. */
export const MAX_VALUE_BYTES = 350 * 1024;

/** DynamoDB nests 32 levels, the attribute that holds the value among them. */
const MAX_DEPTH = 31;

/** DynamoDB's smallest number beside zero. */
const MIN_MAGNITUDE = 1e-130;

/** Thrown for a value that would not read back as it was written; names the place, never what stands there. */
export class InvalidItemValue extends TypeError {
  override readonly name = "InvalidItemValue";
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], problem: string) {
    super(`${path.length === 0 ? "the value" : path.join(".")} ${problem}`);
    this.path = [...path];
  }
}

/** Thrown for a value over `MAX_VALUE_BYTES` as DynamoDB counts. */
export class ItemTooLarge extends RangeError {
  override readonly name = "ItemTooLarge";
  readonly sizeBytes: number;

  constructor(sizeBytes: number) {
    super(`the value takes ${sizeBytes} bytes in storage, at most ${MAX_VALUE_BYTES} are allowed`);
    this.sizeBytes = sizeBytes;
  }
}

/**
 * Copies a value as storage will give it back: properties that are undefined are left out, -0 is 0, and lone surrogates
 * become U+FFFD. Throws `InvalidItemValue` for what is not JSON, and `ItemTooLarge`.
 */
export const toStorableValue = (value: unknown): JsonObject => {
  const measure = { sizeBytes: 0 };
  const copy = copyOf(value, [], measure);
  if (!isJsonObject(copy)) throw new InvalidItemValue([], "is not an object");
  if (measure.sizeBytes > MAX_VALUE_BYTES) throw new ItemTooLarge(measure.sizeBytes);
  return copy;
};

const isJsonObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

type Path = (string | number)[];

interface Measure {
  sizeBytes: number;
}

const copyOf = (value: unknown, path: Path, measure: Measure): JsonValue => {
  measure.sizeBytes += 1;
  switch (typeof value) {
    case "boolean":
      return value;
    case "string": {
      measure.sizeBytes += Buffer.byteLength(value);
      return value.toWellFormed();
    }
    case "number":
      return copyOfNumber(value, path, measure);
    case "object":
      if (value === null) return null;
      if (path.length >= MAX_DEPTH) throw new InvalidItemValue(path, `is nested over ${MAX_DEPTH} levels deep`);
      measure.sizeBytes += 3;
      if (Array.isArray(value)) return Array.from(value, (each, at) => copyAt(at, each, path, measure));
      return copyOfObject(value, path, measure);
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      throw new InvalidItemValue(path, `is ${typeof value}, not JSON`);
  }
};

const copyAt = (at: string | number, value: unknown, path: Path, measure: Measure): JsonValue => {
  path.push(at);
  const copy = copyOf(value, path, measure);
  path.pop();
  return copy;
};

/** The SDK refuses numbers it cannot read back exactly; here they are refused by every adapter, and by name. */
const copyOfNumber = (value: number, path: Path, measure: Measure): number => {
  const magnitude = Math.abs(value);
  if (!(magnitude <= Number.MAX_SAFE_INTEGER) || (magnitude !== 0 && magnitude < MIN_MAGNITUDE)) {
    throw new InvalidItemValue(path, "is a number that storage cannot keep: not finite, or too large or small");
  }
  measure.sizeBytes += Math.ceil(String(value).length / 2) + 1;
  return value === 0 ? 0 : value;
};

const copyOfObject = (value: object, path: Path, measure: Measure): JsonObject => {
  if (!isPlain(value)) throw new InvalidItemValue(path, "is an instance of a class, not JSON");
  const copy: Record<string, JsonValue> = {};
  for (const [name, each] of Object.entries(value)) {
    if (each === undefined) continue;
    if (name === "") throw new InvalidItemValue(path, "has a property with an empty name");
    if (name === "__proto__") throw new InvalidItemValue(path, "has a property named __proto__");
    measure.sizeBytes += Buffer.byteLength(name);
    copy[name.toWellFormed()] = copyAt(name, each, path, measure);
  }
  return copy;
};

/** By the prototype's own end and not by identity: an object may come from another realm. */
const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

import type { z } from "zod";
import { CorruptItem } from "./corrupt-item.ts";
import type { IndexOptions, ItemKey, ItemStore, Stored, WriteOptions, WriteOutcome } from "./item-store.ts";
import type { JsonObject } from "./json.ts";
import { InvalidItemValue, toStorableValue } from "./storable-value.ts";

/** One kind of item: its name, the table it lives in, what it holds, and where it lies. */
export interface ItemKind<Schema extends z.ZodType<object>, KeyArgs extends readonly unknown[]> {
  readonly name: string;
  readonly table: string;
  /**
   * Must read back what it has written: defaults are fine, for items older than a property; transforms are not. Properties it
   * does not declare are dropped, also from items that a newer release wrote; `z.looseObject` keeps them.
   */
  readonly schema: Schema;
  readonly key: (...keyArgs: KeyArgs) => ItemKey;
  /**
   * The secondary indexes (`by_…`) that list the items, each with the field it goes by: a text, or absent from items that
   * are not to be found by it. No other kind of the table is in these indexes.
   */
  readonly indexes?: readonly { readonly name: string; readonly field: string }[];
}

/** The value an item kind holds: `ItemValue<typeof sessionItem>`. */
export type ItemValue<Kind extends { readonly schema: z.ZodType }> = z.output<Kind["schema"]>;

/** A store seen through one kind: typed keys and values, checked on the way in and on the way out. */
export interface TypedItems<Value, KeyArgs extends readonly unknown[]> {
  /** Throws `CorruptItem` when what is stored is not of this kind; so do the others for what they give back. */
  load(...keyArgs: KeyArgs): Promise<Stored<Value> | undefined>;
  /** Throws `InvalidItemValue` for a value that is not of this kind; so does `replace`. */
  putIfAbsent(value: Value, keyArgs: KeyArgs, options: WriteOptions): Promise<WriteOutcome<Value>>;
  replace(current: Stored<Value>, value: Value, options: WriteOptions): Promise<WriteOutcome<Value>>;
  remove(current: Stored<Value>): Promise<"won" | "lost">;
  /**
   * One page of the items whose indexed field is `value`, each as it stands now, in no order; what the index lists still and
   * what is so no longer is left out, what was just written may be missing. Throws for an index that the kind is not in.
   */
  listByIndex(index: string, value: string, options?: IndexOptions): Promise<TypedPage<Value>>;
  /** For what `ItemStore.list` gives. */
  parse(stored: Stored<JsonObject>): Stored<Value>;
}

export interface TypedPage<Value> {
  /** May be fewer than `limit`, and none, though a cursor leads on. */
  readonly items: Stored<Value>[];
  readonly cursor?: string;
}

/**
 * Declares a kind of item.
 *
 * @example
 * const sessionItem = itemKind({
 *   name: "session",
 *   table: "session",
 *   schema: z.object({ openedAt: z.iso.datetime() }),
 *   key: (userId: string, sessionId: string) => ({ pk: `user#${userId}`, sk: `session#${sessionId}` }),
 * });
 * const sessions = typedItems(store, sessionItem);
 * await sessions.putIfAbsent({ openedAt }, [userId, sessionId], { writtenBy });
 */
export const itemKind = <Schema extends z.ZodType<object>, KeyArgs extends readonly unknown[]>(
  kind: ItemKind<Schema, KeyArgs>,
): ItemKind<Schema, KeyArgs> => Object.freeze({ ...kind });

/** The items of one kind in the store of its table. */
export const typedItems = <Schema extends z.ZodType<object>, KeyArgs extends readonly unknown[]>(
  store: ItemStore,
  kind: ItemKind<Schema, KeyArgs>,
): TypedItems<z.output<Schema>, KeyArgs> => {
  type Value = z.output<Schema>;

  const parse = (stored: Stored<JsonObject>): Stored<Value> => {
    const parsed = kind.schema.safeParse(stored.value);
    if (!parsed.success) throw new CorruptItem(kind.name, pathsOf(parsed.error));
    return { ...stored, value: parsed.data };
  };

  const parseOutcome = (outcome: WriteOutcome<JsonObject>): WriteOutcome<Value> =>
    outcome.kind === "lost"
      ? { kind: "lost", stored: outcome.stored && parse(outcome.stored) }
      : { kind: outcome.kind, stored: parse(outcome.stored) };

  const indexedOf = (value: Readonly<Record<string, unknown>>): Pick<WriteOptions, "indexed"> => {
    const indexed: Record<string, string> = {};
    for (const { name, field } of kind.indexes ?? []) {
      const by = value[field];
      if (by === undefined) continue;
      if (typeof by !== "string") throw new InvalidItemValue([kind.name, field], "is no text to be found by");
      indexed[name] = by;
    }
    return Object.keys(indexed).length === 0 ? {} : { indexed };
  };

  /** Writes what the schema makes of the value, so that nothing undeclared rests in a table. */
  const encode = (value: Value): JsonObject => {
    const parsed = kind.schema.safeParse(value);
    if (!parsed.success) throw new InvalidItemValue([kind.name], `does not hold: ${pathsOf(parsed.error).join(", ")}`);
    return toStorableValue(parsed.data);
  };

  return {
    async load(...keyArgs) {
      const stored = await store.load(kind.key(...keyArgs));
      return stored && parse(stored);
    },
    async putIfAbsent(value, keyArgs, options) {
      const encoded = encode(value);
      return parseOutcome(
        await store.putIfAbsent(kind.key(...keyArgs), encoded, { ...options, ...indexedOf(encoded) }),
      );
    },
    async replace(current, value, options) {
      const encoded = encode(value);
      return parseOutcome(await store.replace(untyped(current), encoded, { ...options, ...indexedOf(encoded) }));
    },
    async remove(current) {
      return store.remove(untyped(current));
    },
    async listByIndex(name, value, options) {
      const index = kind.indexes?.find((each) => each.name === name);
      if (index === undefined) throw new TypeError(`${kind.name} has no index ${name}`);
      const { keys, cursor } = await store.listByIndex(index.name, value, options);
      const standing = await Promise.all(keys.map((key) => store.load(key)));
      const items = standing
        .filter((stored) => stored !== undefined)
        .filter((stored) => stored.value[index.field] === value)
        .map(parse);
      return cursor === undefined ? { items } : { items, cursor };
    },
    parse,
  };
};

/** A write condition looks at key, version and writer, never at the value read before. */
const untyped = (current: Stored<unknown>): Stored<JsonObject> => current as Stored<JsonObject>;

const pathsOf = (error: z.ZodError): string[] => [
  ...new Set(error.issues.map(({ path }) => (path.length === 0 ? "(whole)" : path.join(".")))),
];

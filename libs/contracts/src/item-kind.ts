import type { z } from "zod";
import type { EventConsumerName, WorkerName } from "./command.ts";

/** The tables, each written by the service of its name; `operations` by whichever worker ends a flow. */
export const tables = [
  "operations",
  "gateway",
  "identity",
  "session",
  "token",
  "notification",
  "merge",
  "audit",
] as const;
export type TableName = (typeof tables)[number];

/** Who touches a table. */
export type ServiceName = WorkerName | EventConsumerName | "gateway";

/** One kind of item in one table: its shape and how its key is made. The data-model page lists them all. */
export interface ItemKind<
  Schema extends z.ZodObject = z.ZodObject,
  KeyArgs extends readonly unknown[] = readonly never[],
> {
  readonly name: string;
  readonly table: TableName;
  readonly summary: string;
  readonly writers: readonly ServiceName[];
  readonly readers: readonly ServiceName[];
  /** When the item may be deleted, in words; what has ended is judged by its own fields, never by its absence. */
  readonly expiry: string;
  readonly schema: Schema;
  readonly key: (...args: KeyArgs) => { readonly pk: string; readonly sk: string };
  /** Secondary indexes (keys only), each with the field it goes by. */
  readonly indexes?: readonly { readonly name: string; readonly field: keyof z.output<Schema> & string }[];
  /** What the arguments of `key` are, in words, for the page. */
  readonly keyOf: { readonly [Index in keyof KeyArgs]: string };
}

export const itemKind = <Schema extends z.ZodObject, KeyArgs extends readonly unknown[]>(
  definition: ItemKind<Schema, KeyArgs>,
): ItemKind<Schema, KeyArgs> => definition;

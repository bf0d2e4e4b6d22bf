import { httpSchemas, mergeItem, userItem } from "@lanyard/contracts";
import { type ItemValue, typedItems } from "@lanyard/storage";
import type { z } from "zod";
import { signInByMail } from "./account.ts";
import type { CallOptions, HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";
import { signIn, type Visitor } from "./visitor.ts";

export type Owned = z.output<typeof httpSchemas.dataItemView>;
export type Merged = z.output<typeof httpSchemas.mergeResult>;
type Asked = Pick<InProcessSystem, "call">;

export const MERGE = "/api/v2/auth/merge";

/** Saves an item over HTTP. */
export async function save(
  system: Asked,
  { bearer }: Pick<Visitor, "bearer">,
  name: string,
  { kind = "configuration", value = {} }: { readonly kind?: string; readonly value?: unknown } = {},
): Promise<Owned> {
  const { status, body, text } = await system.call("POST", `/api/v2/data/${kind}`, {
    headers: bearer,
    json: { name, value },
  });
  if (status !== 201) throw new Error(`${status}: ${text}`);
  return httpSchemas.dataItemView.parse(body);
}

/** All that somebody owns of a kind, page by page, by name. */
export async function owned(
  system: Pick<InProcessSystem, "call">,
  { bearer }: Pick<Visitor, "bearer">,
  { kind = "configuration", held = false }: { readonly kind?: string; readonly held?: boolean } = {},
): Promise<readonly Owned[]> {
  const found: Owned[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ ...(held && { held: "true" }), ...(cursor !== undefined && { cursor }) });
    const { body } = await system.call("GET", `/api/v2/data/${kind}?${query}`, { headers: bearer });
    const page = httpSchemas.dataItems.parse(body);
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

export const namesOf = (items: readonly Owned[]): readonly string[] => items.map(({ name }) => name);

/** A visitor with these configurations. */
export async function visitorWith(system: Asked, ...names: string[]): Promise<Visitor> {
  const visitor = await signIn(system);
  for (const name of names) await save(system, visitor, name, { value: { of: "the visitor" } });
  return visitor;
}

export const accountOf = (system: InProcessSystem, email = "ada@example.com"): Promise<Visitor> =>
  signInByMail(system, email);

/**
 * Waits for what waits itself, for something that another request does: time passes, but so slowly that a request that is
 * just being answered does not come to its deadline.
 */
export async function whileItWaits<T>({ clock }: Pick<InProcessSystem, "clock">, work: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  while (!over) await clock.advance(10);
  return work;
}

/** Asks for a merge, by the visitor's access token unless `anonymous` says otherwise. */
export const merge = (
  system: Asked,
  { bearer }: Pick<Visitor, "bearer">,
  visitor: Pick<Visitor, "accessToken">,
  { headers, query = "", anonymous }: Omit<CallOptions, "json"> & { query?: string; anonymous?: unknown } = {},
): Promise<HttpAnswer> =>
  system.call("POST", `${MERGE}${query}`, {
    headers: { ...bearer, ...headers },
    json: { anonymous: anonymous ?? { accessToken: visitor.accessToken } },
  });

/** What a merge that went well has answered. */
export function mergedIn({ status, body, text }: HttpAnswer): Merged {
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return httpSchemas.mergeResult.strict().parse(body);
}

/** The merge items that stand, one for each merge that has begun to move. */
export const merges = (system: Pick<InProcessSystem, "table">): readonly ItemValue<typeof mergeItem>[] =>
  system
    .table("merge")
    .dump()
    .filter(({ key }) => key.sk === "merge")
    .map(({ value }) => mergeItem.schema.parse(value));

/** A user as the identity table has it. */
export const profileOf = async (system: Pick<InProcessSystem, "table">, userId: string) =>
  (await typedItems(system.table("identity"), userItem).load(userId))?.value;

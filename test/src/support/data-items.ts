import { httpSchemas } from "@lanyard/contracts";
import type { z } from "zod";
import type { CallOptions, HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";

type At = Pick<InProcessSystem, "call">;
export type Item = z.output<typeof httpSchemas.dataItemView>;

export const dataPath = (kind: string, itemId?: string): string =>
  `/api/v2/data/${kind}${itemId === undefined ? "" : `/${itemId}`}`;

/** What a user does with its items, whatever it shows for who it is. */
export interface Owner {
  readonly create: (kind: string, given: unknown, headers?: CallOptions["headers"]) => Promise<HttpAnswer>;
  readonly replace: (
    item: Pick<Item, "kind" | "id">,
    given: unknown,
    headers?: CallOptions["headers"],
  ) => Promise<HttpAnswer>;
  readonly remove: (item: Pick<Item, "kind" | "id">, headers?: CallOptions["headers"]) => Promise<HttpAnswer>;
  readonly read: (item: Pick<Item, "kind" | "id">, headers?: CallOptions["headers"]) => Promise<HttpAnswer>;
  /** Makes an item, or throws. */
  readonly made: (kind: string, given: unknown) => Promise<Item>;
  /** One page; `query` as `?limit=5`. @throws unless it was answered */
  readonly page: (kind: string, query?: string) => Promise<z.output<typeof httpSchemas.dataItems>>;
  /** Every item on every page. */
  readonly all: (kind: string, query?: string) => Promise<readonly Item[]>;
}

export function ownerOf(at: At, credentials: Readonly<Record<string, string>>): Owner {
  const ask = (method: string, path: string, headers: CallOptions["headers"] = {}, json?: unknown) =>
    at.call(method, path, { headers: { ...credentials, ...headers }, ...(json !== undefined && { json }) });
  const create: Owner["create"] = (kind, given, headers) => ask("POST", dataPath(kind), headers, given);
  const page: Owner["page"] = async (kind, query = "") => {
    const answer = await ask("GET", `${dataPath(kind)}${query}`);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return httpSchemas.dataItems.parse(answer.body);
  };
  return {
    create,
    replace: ({ kind, id }, given, headers) => ask("PUT", dataPath(kind, id), headers, given),
    remove: ({ kind, id }, headers) => ask("DELETE", dataPath(kind, id), headers),
    read: ({ kind, id }, headers) => ask("GET", dataPath(kind, id), headers),
    made: async (kind, given) => itemOf(await create(kind, given)),
    page,
    async all(kind, query = "?limit=100") {
      const found: Item[] = [];
      let cursor: string | undefined;
      do {
        const next: Awaited<ReturnType<Owner["page"]>> = await page(
          kind,
          `${query}${cursor === undefined ? "" : `&cursor=${cursor}`}`,
        );
        found.push(...next.items);
        ({ cursor } = next);
      } while (cursor !== undefined);
      return found;
    },
  };
}

/** The item of an answer that has one. */
export function itemOf({ status, body, text }: HttpAnswer): Item {
  if (status !== 200 && status !== 201) throw new Error(`${status}: ${text}`);
  return httpSchemas.dataItemView.parse(body);
}

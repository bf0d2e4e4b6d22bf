import { httpSchemas, routes } from "@lanyard/contracts";
import { type DataKinds, viewOf } from "@lanyard/user-data";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { validQuery } from "../http/validate-query.ts";
import { orInvalidCursor } from "../reads/or-invalid-cursor.ts";
import { kindIn } from "./item-path.ts";
import type { OwnedItems } from "./owned-items.ts";

const PAGE = 50;

export interface ListItemsDeps {
  readonly kinds: DataKinds;
  readonly items: Pick<OwnedItems, "page">;
}

/** `GET /data/{kind}`: what the caller owns of a kind, a page at a time. */
export const listItems =
  ({ kinds, items }: ListItemsDeps): RequestHandler =>
  async (request, response) => {
    const kind = kindIn(request, kinds);
    const { query } = routes.listItems;
    const { cursor: after, limit = PAGE, held } = query.parse(validQuery(query, request));
    const { userId } = identityOf(response);
    const page = await orInvalidCursor(() => items.page(userId, kind.name, { limit, after, held: held !== undefined }));
    response.json(httpSchemas.dataItems.parse({ ...page, items: page.items.map(viewOf) }));
  };

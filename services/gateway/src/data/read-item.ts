import { httpSchemas } from "@lanyard/contracts";
import { type DataKinds, viewOf } from "@lanyard/user-data";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import { etagOf } from "./item-etag.ts";
import { itemIdIn, kindIn } from "./item-path.ts";
import type { OwnedItems } from "./owned-items.ts";

export interface ReadItemDeps {
  readonly kinds: DataKinds;
  readonly items: Pick<OwnedItems, "item">;
}

/** `GET /data/{kind}/{itemId}`: under the caller's id, so another user's item is not there. */
export const readItem =
  ({ kinds, items }: ReadItemDeps): RequestHandler =>
  async (request, response) => {
    const kind = kindIn(request, kinds);
    const item = await items.item(identityOf(response).userId, kind.name, itemIdIn(request));
    if (item === undefined) throw new ProblemError("item_not_found");
    // To `If-None-Match` that names this one, Express answers 304 by itself.
    response.set("ETag", etagOf(item));
    response.json(httpSchemas.dataItemView.parse(viewOf(item)));
  };

import { httpSchemas, type JsonObject, routes } from "@lanyard/contracts";
import type { DataKinds } from "@lanyard/user-data";
import type { Request } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import { etagOf, versionWanted } from "./item-etag.ts";
import { itemIdIn, itemLocation, kindIn, type NamedKind } from "./item-path.ts";

/**
 * The largest body of an item: as much as the largest value takes with every letter beyond ASCII written as an escape, and
 * some spaces.
 */
export const ITEM_BODY_BYTES = 128 * 1024;

/** What a value's JSON may take as a text within a command: quotation marks and backslashes take twice as much there. */
const MOST_QUOTED_BYTES = 60 * 1024;

/** `POST /data/{kind}`: an item of the caller, under an id that follows from the operation. */
export const createsItem = (kinds: DataKinds): FlowRoute => ({
  toInput: (body, request, response) => ({
    userId: identityOf(response).userId,
    ...itemGiven(body, kindIn(request, kinds)),
  }),
  toAnswer: (result, input) => {
    const item = savedItem(result, input);
    return { body: item, headers: { Location: itemLocation(item), ETag: etagOf(item) } };
  },
});

/** `PUT /data/{kind}/{itemId}`: under the caller's id, so another user's item is not there to be changed. */
export const replacesItem = (kinds: DataKinds): FlowRoute => ({
  toInput: (body, request, response) => ({
    userId: identityOf(response).userId,
    ...itemChanged(request),
    ...itemGiven(body, kindIn(request, kinds)),
  }),
  toAnswer: (result, input) => {
    const item = savedItem(result, input);
    return { body: item, headers: { ETag: etagOf(item) } };
  },
});

/** `DELETE /data/{kind}/{itemId}`: likewise. */
export const removesItem = (kinds: DataKinds): FlowRoute => ({
  toInput: (_body, request, response) => ({
    userId: identityOf(response).userId,
    kind: kindIn(request, kinds).name,
    ...itemChanged(request),
  }),
});

function itemChanged(request: Request): JsonObject {
  const expectedVersion = versionWanted(request.get("if-match"));
  return { itemId: itemIdIn(request), ...(expectedVersion !== undefined && { expectedVersion }) };
}

function itemGiven(body: JsonObject, kind: NamedKind): JsonObject {
  const { name, value } = routes.createItem.body.parse(body);
  // Storage would put another character in its place.
  if (!name.isWellFormed()) throw invalid([{ path: "name", message: "must be Unicode without halves of characters" }]);
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) > kind.maxBytes) throw new ProblemError("value_too_large", { limit: kind.maxBytes });
  if (Buffer.byteLength(JSON.stringify(json)) > MOST_QUOTED_BYTES) throw new ProblemError("body_too_large");
  const mistakes = kind.mistakesIn(value);
  if (mistakes.length > 0) throw invalid(mistakes);
  return { kind: kind.name, name, json };
}

const invalid = (errors: readonly { readonly path: string; readonly message: string }[]): ProblemError =>
  new ProblemError("validation_failed", { errors });

/** The item with the value that was asked for, which is the same whenever it is asked for again. */
const savedItem = ({ item }: Record<string, unknown>, { json }: JsonObject) =>
  httpSchemas.dataItemView.parse({ ...(item as object), value: JSON.parse(String(json)) });

import { z } from "zod";
import * as flows from "../flows.ts";
import { personal } from "../secrecy.ts";
import { itemName, json } from "../shapes.ts";
import { route } from "./route.ts";
import { anonymousCredential, apiBase, cursor, ofBodies } from "./route-parts.ts";
import { dataItems, dataItemView, mergePreview, mergeResult, pendingOperation } from "./schemas.ts";

const DATA = `${apiBase}/data/{kind}`;
const ITEM = `${DATA}/{itemId}`;
const underWay = {
  status: 202,
  description: "Accepted and under way; `Location` names the operation",
  body: pendingOperation,
} as const;
const item = z.strictObject({
  name: itemName,
  value: personal(json).meta({ description: "Any JSON, as large and of such a form as its kind allows" }),
});
const ifMatch = {
  "If-Match": "The `ETag` of what is to be changed (RFC 9110, strong), or `*`. Absent: whatever the version is",
} as const;

export const listItems = route({
  id: "listItems",
  method: "GET",
  path: DATA,
  auth: "any",
  tag: "Data",
  summary: "What the caller owns of a kind",
  query: z.strictObject({
    cursor: cursor.optional(),
    limit: z.coerce.number().int().min(1).max(100).optional().meta({ description: "At most so many. Default: 50" }),
    held: z.literal("true").optional().meta({ description: "Those that a merge has moved beyond the limit instead" }),
  }),
  answers: [{ status: 200, description: "A page of them", body: dataItems }],
  problems: ["validation_failed", "kind_not_found"],
});

export const readItem = route({
  id: "readItem",
  method: "GET",
  path: ITEM,
  auth: "any",
  tag: "Data",
  summary: "One thing that the caller owns",
  optionalHeaders: { "If-None-Match": "The `ETag` of what is known already (RFC 9110)" },
  answers: [
    { status: 200, description: "The item", body: dataItemView, headers: ["ETag"] },
    { status: 304, description: "With `If-None-Match`: it is as it was", headers: ["ETag"] },
  ],
  problems: ["kind_not_found", "item_not_found"],
});

export const createItem = route({
  id: "createItem",
  method: "POST",
  path: DATA,
  auth: "any",
  tag: "Data",
  summary: "Makes an item",
  body: item,
  answers: [{ status: 201, description: "The item", body: dataItemView, headers: ["Location", "ETag"] }, underWay],
  problems: [...ofBodies, "kind_not_found", "value_too_large", "operation_expired"],
  flow: flows.saveItem,
});

export const replaceItem = route({
  id: "replaceItem",
  method: "PUT",
  path: ITEM,
  auth: "any",
  tag: "Data",
  summary: "Changes an item",
  optionalHeaders: ifMatch,
  body: item,
  answers: [{ status: 200, description: "The item as it is now", body: dataItemView, headers: ["ETag"] }, underWay],
  problems: [...ofBodies, "kind_not_found", "value_too_large", "operation_expired"],
  flow: flows.saveItem,
});

export const removeItem = route({
  id: "removeItem",
  method: "DELETE",
  path: ITEM,
  auth: "any",
  tag: "Data",
  summary: "Deletes an item",
  optionalHeaders: ifMatch,
  answers: [{ status: 204, description: "It is gone" }, underWay],
  problems: ["validation_failed", "kind_not_found", "operation_expired"],
  flow: flows.removeItem,
});

export const mergeVisitor = route({
  id: "mergeVisitor",
  method: "POST",
  path: `${apiBase}/auth/merge`,
  auth: "bearer",
  tag: "Accounts",
  summary: "Makes what a visitor owns the caller's, whole and once",
  query: z.strictObject({
    dryRun: z.literal("true").optional().meta({ description: "Counts what it would do, and does nothing" }),
  }),
  body: z.strictObject({ anonymous: anonymousCredential }),
  answers: [
    { status: 200, description: "It is done, now or before", body: z.union([mergeResult, mergePreview]) },
    {
      status: 200,
      description: "With `Accept: text/event-stream`: progress, then `merged` or `problem`",
      body: z.string(),
      mediaType: "text/event-stream",
    },
    underWay,
  ],
  problems: [
    ...ofBodies,
    "token_invalid",
    "token_expired",
    "account_required",
    "not_anonymous",
    "user_merged",
    "already_merged",
    "session_revoked",
    "operation_expired",
  ],
  flow: flows.mergeVisitor,
});

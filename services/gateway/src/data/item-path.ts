import { itemId, routes } from "@lanyard/contracts";
import type { DataKind, DataKinds } from "@lanyard/user-data";
import type { Request, RequestHandler } from "express";
import { ProblemError } from "../http/problem.ts";

/** A kind that this deployment declares, with its name. */
export interface NamedKind extends DataKind {
  readonly name: string;
}

/** The kind that the path names. @throws ProblemError `kind_not_found` */
export function kindIn(request: Request, kinds: DataKinds): NamedKind {
  const name = String(request.params["kind"]);
  const kind = kinds.get(name);
  if (kind === undefined) throw new ProblemError("kind_not_found");
  return { name, ...kind };
}

/** Lets nobody pass who names a kind that there is not, whatever else is wrong with the request. */
export const refuseUnknownKind =
  (kinds: DataKinds): RequestHandler =>
  (request, _response, next) => {
    kindIn(request, kinds);
    next();
  };

/** The item that the path names; what cannot be an id is nobody's. @throws ProblemError `item_not_found` */
export function itemIdIn(request: Request): string {
  const asked = itemId.safeParse(request.params["itemId"]);
  if (!asked.success) throw new ProblemError("item_not_found");
  return asked.data;
}

/** Where an item can be read. */
export const itemLocation = ({ kind, id }: { readonly kind: string; readonly id: string }): string =>
  routes.readItem.path.replace("{kind}", kind).replace("{itemId}", id);

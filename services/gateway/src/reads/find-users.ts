import { httpSchemas, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { emailInQuery } from "../http/validate-query.ts";
import { showed } from "../operators/operator-actions.ts";
import type { Projections } from "./projections.ts";

/** `GET /admin/users`: every user that carries an address, or ever carried it. */
export const findUsers =
  ({ projections }: { readonly projections: Pick<Projections, "usersOfEmail"> }): RequestHandler =>
  async (request, response) => {
    const users = await projections.usersOfEmail(emailInQuery(routes.findUsers.query, request));
    showed(
      response,
      users.map(({ userId }) => userId),
    );
    response.json(httpSchemas.usersOfEmail.parse({ users }));
  };

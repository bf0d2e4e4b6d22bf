import { routes } from "@lanyard/contracts";
import type { Express, RequestHandler } from "express";

const empty: RequestHandler = (_request, response) => void response.end();

/**
 * Puts an empty handler in the place of `GET /api/v2/auth/session`, behind all that a gateway does before it: nothing of
 * the gateway is rebuilt here, so what is measured cannot drift from what runs.
 * @throws Error when the route no longer is: its name, authenticate, its handler.
 */
export function emptySessionRoute(app: Express, { authenticated }: { readonly authenticated: boolean }): void {
  const route = app.router.stack.map((layer) => layer.route).find((each) => each?.path === routes.readSession.path);
  const [name, authenticate, handler, ...more] = route?.stack ?? [];
  if (
    route === undefined ||
    name === undefined ||
    authenticate === undefined ||
    handler === undefined ||
    more.length > 0
  )
    throw new Error(`${routes.readSession.path} has other steps than this benchmark knows`);
  handler.handle = empty;
  if (!authenticated) route.stack.splice(1, 1);
}

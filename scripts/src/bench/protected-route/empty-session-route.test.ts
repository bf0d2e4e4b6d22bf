import { describe, expect, it } from "@jest/globals";
import { routes } from "@lanyard/contracts";
import express, { type Express, type RequestHandler } from "express";
import { HttpConnection } from "../process/http-connection.ts";
import { emptySessionRoute } from "./empty-session-route.ts";

/** A gateway's route in miniature: it tells which steps a request has met. */
function appWith(...names: string[]): { app: Express; met: string[] } {
  const app = express();
  const met: string[] = [];
  const step =
    (name: string): RequestHandler =>
    (_request, _response, next) => {
      met.push(name);
      next();
    };
  app.get(routes.readSession.path, ...names.map(step));
  return { app, met };
}

async function statusOf(app: Express): Promise<number> {
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const connection = new HttpConnection(typeof address === "object" ? (address?.port ?? 0) : 0);
  try {
    const { status } = await connection.send(`GET ${routes.readSession.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    return status;
  } finally {
    connection.close();
    server.close();
  }
}

describe("the session route with an empty handler", () => {
  it("keeps every step before the handler", async () => {
    const { app, met } = appWith("name", "authenticate", "handler");
    emptySessionRoute(app, { authenticated: true });
    expect(await statusOf(app)).toBe(200);
    expect(met).toEqual(["name", "authenticate"]);
  });

  it("can be had without authentication", async () => {
    const { app, met } = appWith("name", "authenticate", "handler");
    emptySessionRoute(app, { authenticated: false });
    expect(await statusOf(app)).toBe(200);
    expect(met).toEqual(["name"]);
  });

  it.each([[["name", "authenticate"]], [["name", "limit", "authenticate", "handler"]]])(
    "is not made of a route with the steps %j: what is measured would be another thing than it says",
    (steps) => {
      const { app } = appWith(...steps);
      expect(() => emptySessionRoute(app, { authenticated: true })).toThrow("other steps");
    },
  );
});

import { describe, expect, it } from "@jest/globals";
import { type Route, routes } from "@lanyard/contracts";
import { servedRoutes } from "./routes.ts";

const idsOf = (list: readonly Route[]): readonly string[] => list.map(({ method, path }) => `${method} ${path}`).sort();

describe("the routes of the gateway", () => {
  const servedBy = (deps: object): readonly Route[] =>
    servedRoutes({
      challenges: { challengeLifetimes: {} },
      projections: {},
      andon: {},
      data: {},
      merging: {},
      ...deps,
    } as never).map(({ route }) => route);
  const served = servedBy({ mailbox: {} });

  it("are the routes of the contracts, each once", () => {
    expect(idsOf(served)).toEqual(idsOf(routes.allRoutes));
    expect(new Set(idsOf(served)).size).toBe(served.length);
  });

  it("are in production those that are not for development", () => {
    const always = routes.allRoutes.filter((route: Route) => route.developmentOnly !== true);
    expect(always.length).toBe(routes.allRoutes.length - 1);
    expect(idsOf(servedBy({}))).toEqual(idsOf(always));
  });

  it("are the very same objects, so that a schema is never copied", () => {
    for (const route of served) expect(routes.allRoutes).toContain(route);
  });
});

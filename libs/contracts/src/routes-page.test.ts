import { describe, expect, it } from "@jest/globals";
import { possibleProblems } from "./http/possible-problems.ts";
import type { Route } from "./http/route.ts";
import { allRoutes } from "./http/routes.ts";
import { wireCode } from "./problems.ts";
import { routesPage } from "./routes-page.ts";

const page = routesPage();
const sectionOf = ({ method, path }: Route): string =>
  page.split(`\n## ${method} ${path}\n`)[1]?.split("\n## ")[0] ?? "";

describe("the page of routes", () => {
  it.each(allRoutes.map((route: Route) => [`${route.method} ${route.path}`, route] as const))(
    "says of %s who may call it, what it starts and every problem it may end in",
    (_, route) => {
      const section = sectionOf(route);
      expect(section).toContain("- Who may call: ");
      expect(section).toContain(`- Flow: ${route.flow === undefined ? "none" : `\`${route.flow.name}\``}`);
      expect(section).toContain(`- Rate limit: ${route.limits === undefined ? "none" : `\`${route.limits[0]}\`: `}`);
      for (const code of possibleProblems(route)) expect(section).toContain(` ${wireCode(code)}\``);
    },
  );

  it("says that a command knows address, browser and device, and that its outcome keeps neither", () => {
    const commands = allRoutes.filter((route: Route) => route.flow !== undefined);

    expect(commands.length).toBeGreaterThan(0);
    for (const route of commands) {
      expect(sectionOf(route)).toContain(
        "in every command: `caller`, `client.ip`, `client.userAgent`, `client.device`, `receivedAt`, `traceparent`",
      );
      expect(sectionOf(route)).toContain("in the outcome: `caller`\n");
      expect(sectionOf(route)).toContain(
        "`Idempotency-Key`: `client.ip`, `client.userAgent`, `client.device`, `receivedAt`, `traceparent`\n",
      );
    }
  });

  it("says that a read sends and keeps nothing of its client", () => {
    const reads = allRoutes.filter((route: Route) => route.flow === undefined);

    for (const route of reads) expect(sectionOf(route)).toContain("- Of the client: nothing is sent on or kept");
  });
});

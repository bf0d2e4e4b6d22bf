import { describe, expect, it } from "@jest/globals";
import { allCommands } from "./commands.ts";
import { flowPage } from "./flow-page.ts";
import { allRoutes } from "./http/routes.ts";
import { problemPage } from "./problem-page.ts";
import { problemCodes } from "./problems.ts";

describe("the page of flows", () => {
  const page = flowPage();

  it("says that it is generated, and by what", () => {
    expect(page.split("\n")[0]).toContain("`npm run docs`");
  });

  it("names every command and every route that starts a flow", () => {
    for (const { name } of allCommands) expect(page).toContain(`\`${name}\``);
    for (const route of allRoutes) {
      if ("flow" in route) expect(page).toMatch(new RegExp(`^Started by: .*\`${route.method} ${route.path}\``, "m"));
    }
  });

  it("shows constants with their value and marks what travels sealed", () => {
    expect(page).toContain('`method = "anonymous"`');
    expect(page).toContain("`tokens 🔒`");
  });

  it("draws the flow in the order of its commands", () => {
    const drawn = [...page.matchAll(/^ {2}\w+->>\w+: (\S+)/gm)].map(([, told]) => told);

    expect(drawn.slice(0, 6)).toEqual([
      "POST",
      "identity.createAnonymousUser",
      "session.open",
      "token.issue",
      "reply",
      "201",
    ]);
  });
});

describe("a flow that is answered at once", () => {
  it("is drawn with its answer before the second command", () => {
    const drawn = flowPage().split("## requestChallenge")[1]?.split("## ")[0] ?? "";

    expect(drawn.indexOf("gateway->>client: 202")).toBeGreaterThan(drawn.indexOf("token.createChallenge\n"));
    expect(drawn.indexOf("gateway->>client: 202")).toBeLessThan(drawn.indexOf("notification.sendSignInMail\n"));
  });
});

describe("a flow that goes on after its answer", () => {
  const section = flowPage().split("## revokeInBulk")[1]?.split("## ")[0] ?? "";

  it("is drawn with its answer before what goes on, and says so", () => {
    expect(section.indexOf("session->>gateway: reply")).toBeGreaterThan(section.indexOf("session.revokeInBulk\n"));
    expect(section.indexOf("session->>gateway: reply")).toBeLessThan(section.indexOf("session.sweepRevoked\n"));
    expect(section.match(/session->>gateway: reply/g)).toHaveLength(1);
    expect(section).toContain("Answers with `revocationId`, after step 1:");
  });

  it("says in which queue its long work travels", () => {
    expect(section).toContain("| session, queue `session-bulk` |");
  });
});

describe("a flow that another may begin", () => {
  const sectionOf = (name: string): string => flowPage().split(`## ${name}`)[1]?.split("## ")[0] ?? "";

  it("names those that begin it, each of which says so", () => {
    expect(sectionOf("mergeVisitor")).toContain(
      "`POST /api/v2/auth/merge`, `verifyMagicLink`, `verifyEmailCode`, `signInByPassword`, `verifySecondFactor`.",
    );
    expect(sectionOf("verifyMagicLink")).toContain("Then `mergeVisitor` may begin");
    expect(sectionOf("createAnonymousSession")).not.toContain("may begin");
  });
});

describe("the page of problems", () => {
  it("has a row for each code", () => {
    const rows = problemPage().match(/^\| `\w+` \| \d{3} \| .+ \| (yes|no) \|$/gm);

    expect(rows).toHaveLength(problemCodes.length);
  });
});

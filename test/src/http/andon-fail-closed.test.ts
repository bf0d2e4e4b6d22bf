import { afterEach, describe, expect, it } from "@jest/globals";
import { andonSystem, everywhere, pull, visitorFrom } from "../support/andon.ts";
import type { InProcessOptions, InProcessSystem } from "../support/in-process-system.ts";
import { signIn, wordsOf } from "../support/visitor.ts";

const HERE = "198.51.100.1";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await andonSystem(options);
};
afterEach(() => system.stop());

describe("gateways that hear no events", () => {
  it("refuse at once where the cord was pulled, and everywhere within a second", async () => {
    await begin({ events: false });
    const { bearer } = await signIn(system);
    const [first, second] = system.gateways;
    // Answered by what the token says: the session's item is not looked at.
    const asked = async (at = first) =>
      wordsOf((await at?.call("GET", "/api/v2/auth/security-events", { headers: bearer })) as never);
    await pull(system, { kind: "all" });
    expect([await asked(first), await asked(second)]).toEqual(["403 session_revoked operator", "200"]);
    await system.clock.advance(1000);

    expect(await everywhere(system, bearer)).toBe("403 session_revoked operator");
  });

  it("let nobody in, visitors by their id neither, once they could not read for five seconds", async () => {
    await begin({ events: false, gateways: 2 });
    const { bearer, userId } = await signIn(system);
    const [, cut] = system.gateways;
    const asked = async (headers: Readonly<Record<string, string>>) =>
      wordsOf((await cut?.call("GET", "/api/v2/auth/session", { headers })) as never);
    await system.clock.advance(1000);
    cut?.tablesDown.add("session");
    await pull(system, { kind: "all" });
    await system.clock.advance(5001);
    expect(await asked(bearer)).toBe("503 revocation_view_stale");
    cut?.tablesDown.clear();
    // It can read the items again, and has not read the pulls yet.
    expect(await asked({ "x-user-id": userId })).toBe("503 revocation_view_stale");
    await system.clock.advance(1000);

    expect([await asked(bearer), await asked({ "x-user-id": userId })]).toEqual(
      Array(2).fill("403 session_revoked operator"),
    );
  });
});

describe("a session that only its item can judge", () => {
  it("is not let in while the table is down, unless it was judged before", async () => {
    await begin({ gateways: 1 });
    const judged = await visitorFrom(system, "198.51.100.2");
    const unknown = await visitorFrom(system, "198.51.100.2");
    const named = await visitorFrom(system, HERE);
    await pull(system, { kind: "ipRange", cidr: `${HERE}/32` });
    const asked = async ({ bearer }: typeof judged) =>
      wordsOf(await system.call("GET", "/api/v2/auth/security-events", { headers: bearer }));
    expect(await asked(judged)).toBe("200");
    system.tablesDown.add("session");

    expect([await asked(judged), await asked(unknown), await asked(named)]).toEqual([
      "200",
      "503 service_unavailable",
      "503 service_unavailable",
    ]);
    system.tablesDown.clear();
    expect([await asked(judged), await asked(unknown), await asked(named)]).toEqual([
      "200",
      "200",
      "403 session_revoked operator",
    ]);
  });
});

describe("the metrics of a gateway", () => {
  it("say which pull it knows, and how many requests were refused by pulls, and of whom nothing", async () => {
    await begin({ gateways: 1 });
    const { bearer, userId } = await signIn(system);
    await pull(system, { kind: "all" });
    await everywhere(system, bearer);
    await everywhere(system, { "x-user-id": userId });
    const { text } = await system.call("GET", "/metrics");

    expect(text).toContain("lanyard_andon_newest_pull 1");
    expect(text).toContain("lanyard_andon_refused_total 2");
    expect(text).not.toContain(userId);
  });
});

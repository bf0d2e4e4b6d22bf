import { afterEach, describe, expect, it } from "@jest/globals";
import {
  accountByCode,
  accountFrom,
  andonSystem,
  everywhere,
  operator,
  pull,
  told,
  visitorFrom,
} from "../support/andon.ts";
import type { InProcessOptions, InProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { changeSession, signIn, wordsOf } from "../support/visitor.ts";

const HERE = "198.51.100.1";
const THERE = "198.51.100.2";
const path = "/api/v2/admin/sessions/revoke";
const reason = "A lost laptop";

let system: InProcessSystem;
const begin = async (options?: InProcessOptions): Promise<void> => {
  system = await andonSystem(options);
};
afterEach(() => system.stop());

const ask = (json: unknown, query = "", headers: Readonly<Record<string, string>> = {}) =>
  system.call("POST", `${path}${query}`, { headers: { ...operator, ...headers }, json });

describe("a dry run", () => {
  const count = async (scope: object): Promise<unknown> => {
    const { status, body } = await ask({ scope, reason }, "?dryRun=true");
    return status === 200 ? (body as { readonly matched: number }).matched : body;
  };

  it("counts the live sessions that would end now, and ends none", async () => {
    await begin();
    const guest = await visitorFrom(system, HERE);
    const ada = await accountFrom(system, HERE, "ada@example.com");
    const left = await accountFrom(system, THERE, "ada@example.com");
    await accountByCode(system, THERE);
    await system.call("POST", "/api/v2/auth/logout", { headers: left.bearer });
    const before = JSON.stringify(system.table("session").dump());
    const counted = [
      await count({ kind: "all" }),
      await count({ kind: "user", userId: ada.userId.toUpperCase() }),
      await count({ kind: "anonymous" }),
      await count({ kind: "accounts" }),
      await count({ kind: "method", method: "email_otp" }),
      await count({ kind: "openedBefore", at: new Date(system.clock.now() - 3600_000).toISOString() }),
      await count({ kind: "ipRange", cidr: `${HERE}/32` }),
    ];

    expect(counted).toEqual([3, 1, 1, 2, 1, 0, 2]);
    expect(JSON.stringify(system.table("session").dump())).toBe(before);
    expect(await everywhere(system, guest.bearer)).toBe("200");
    expect(told(system, "andon.pulled")).toEqual([]);
  });

  it("counts none that a pull has ended already, marked or not, and none that has expired", async () => {
    await begin();
    system.faults.loses = (queue) => queue === "session-bulk";
    await visitorFrom(system, HERE);
    await accountFrom(system, HERE);
    await pull(system, { kind: "anonymous" });
    await system.clock.settle();
    expect(await count({ kind: "all" })).toBe(1);
    const later = await visitorFrom(system, THERE);
    expect(await count({ kind: "all" })).toBe(2);
    await changeSession(system, later, { expiresAt: new Date(system.clock.now()).toISOString() });

    expect(await count({ kind: "all" })).toBe(1);
  });

  it("is told as something that an operator has read", async () => {
    await begin();
    await ask({ scope: { kind: "all" }, reason }, "?dryRun=true");
    await settled(system);

    expect(told(system, "operator.acted")).toEqual([
      { by: "key:deploy", action: "revokeSessions?dryRun=true", targets: [] },
    ]);
  });

  it("reads page after page, and stops when nobody waits for it", async () => {
    await begin({ gateways: 1 });
    const { userId, sessionId } = await signIn(system);
    const table = system.table("session");
    const [stored] = (await table.list(`user#${userId}`, { skPrefix: "session#" })).items;
    if (stored === undefined) throw new Error("there is no session");
    for (let number = 0; number < 1200; number += 1) {
      const id = `${sessionId.slice(0, -6)}${String(number).padStart(6, "0")}`;
      const key = { pk: `user#${userId}`, sk: `session#${id}` };
      await table.putIfAbsent(key, { ...stored.value, sessionId: id }, { writtenBy: "test" });
    }
    expect(await count({ kind: "all" })).toBe(1201);
    // Nothing else is read or written: that the operator has asked is told to nobody.
    system.faults.loses = (queue) => queue === "identity";
    let pages = 0;
    let hangUp = (): void => {};
    system.faults.pause = async () => {
      // Before and after the first page.
      if ((pages += 1) === 2) hangUp();
      if (pages === 2) await system.clock.settle();
    };
    hangUp = system.hangUp;
    await expect(ask({ scope: { kind: "all" }, reason }, "?dryRun=true")).rejects.toThrow();
    await system.clock.settle();

    expect(pages).toBe(2);
  });

  it("of another scope than one user's is refused while the table is down", async () => {
    await begin({ gateways: 1 });
    system.tablesDown.add("session");

    expect(wordsOf(await ask({ scope: { kind: "all" }, reason }, "?dryRun=true"))).toBe("503 service_unavailable");
  });
});

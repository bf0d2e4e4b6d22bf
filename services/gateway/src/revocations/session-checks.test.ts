import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import type { RevocationScope } from "@lanyard/contracts";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { memoryItemStore } from "@lanyard/storage";
import type { Session } from "../reads/projections.ts";
import { PULLED_AT, pullOf, sessionOf } from "../testing/pulled-sessions.ts";
import { RevocationView } from "./revocation-view.ts";
import { SessionChecks } from "./session-checks.ts";

const here = "203.0.113.0/24";
const elsewhere = "198.51.100.0/24";
const range = (cidr: string): RevocationScope => ({ kind: "ipRange", cidr });
const byOperator = { kind: "revoked", reason: "operator" };
const none = { kind: "none" };

const claimsOf = ({ userId, sessionId, userKind, method, openedAt, pull }: Session) => ({
  sub: userId,
  sid: sessionId,
  kind: userKind,
  method,
  auth_time: Math.floor(Date.parse(openedAt) / 1000),
  pull,
});

async function setUp({ session = sessionOf() as Session | "none", mostRemembered = 3 } = {}) {
  const clock = virtualClock();
  const view = new RevocationView({ sessionTable: memoryItemStore(), clock, log: silentLog });
  await view.catchUp();
  const table = { reads: 0, session, read: async (): Promise<void> => {} };
  const projections = {
    async session(userId: string, sessionId: string) {
      table.reads += 1;
      await table.read();
      return table.session === "none" ? undefined : { ...table.session, userId, sessionId };
    },
  };
  const checks = new SessionChecks({ view, projections, mostRemembered });
  return {
    clock,
    view,
    table,
    checks,
    pull: (number: number, scope: RevocationScope) => view.pulls.note(pullOf(number, scope)),
  };
}

describe("a session that is shown by a token", () => {
  const session = sessionOf();
  const scopes: readonly (readonly [string, RevocationScope, RevocationScope])[] = [
    ["user", { kind: "user", userId: session.userId }, { kind: "user", userId: session.sessionId }],
    ["kind", { kind: "accounts" }, { kind: "anonymous" }],
    ["method", { kind: "method", method: "magic_link" }, { kind: "method", method: "email_otp" }],
    ["time", { kind: "openedBefore", at: PULLED_AT }, { kind: "openedBefore", at: session.openedAt }],
  ];

  it.each(scopes)(
    "is void by a pull that names its %s, and by no other; nothing is read for that",
    async (_, its, others) => {
      const { checks, table, pull } = await setUp();
      pull(1, others);
      expect(await checks.check(claimsOf(session))).toEqual(none);
      expect(checks.isVoid(session)).toBe(false);
      pull(2, its);

      expect(await checks.check(claimsOf(session))).toEqual(byOperator);
      expect(checks.isVoid(session)).toBe(true);
      expect(table.reads).toBe(0);
      expect(checks.refused).toBe(1);
    },
  );

  it("stands when it is stamped with the number of the pull, whatever is named", async () => {
    const { checks, pull } = await setUp();
    pull(7, { kind: "all" });
    pull(8, range("0.0.0.0/0"));

    expect(await checks.check(claimsOf(sessionOf({ pull: 8 })))).toEqual(none);
    expect(await checks.check(claimsOf(sessionOf({ pull: 6 })))).toEqual(byOperator);
  });

  it("was ended for what the log says, when both do", async () => {
    const { checks, view, pull } = await setUp();
    view.note(session.sessionId, "logout");
    pull(1, { kind: "all" });

    expect(await checks.check(claimsOf(session))).toEqual({ kind: "revoked", reason: "logout" });
  });

  it("is unknown when no log could be read lately, but for what is known to be void", async () => {
    const { clock, checks, table, pull } = await setUp();
    pull(1, range(here));
    await clock.advance(5001);
    expect(await checks.check(claimsOf(session))).toEqual({ kind: "stale" });
    expect(await checks.check(claimsOf(sessionOf({ pull: 1 })))).toEqual({ kind: "stale" });
    expect(table.reads).toBe(0);
    pull(2, { kind: "all" });

    expect(await checks.check(claimsOf(session))).toEqual(byOperator);
  });
});

describe("a session that is older than the pull of an address range", () => {
  it.each([
    ["from there", sessionOf(), byOperator],
    ["from elsewhere", sessionOf({ client: { ip: "192.0.2.1" } }), none],
    ["from nobody knows where", { ...sessionOf(), client: undefined } as unknown as Session, byOperator],
    ["without an item", "none" as const, byOperator],
    [
      "that has ended for another reason",
      sessionOf({ revoked: { at: PULLED_AT, reason: "logout", operationId: "op" } }),
      { kind: "revoked", reason: "logout" },
    ],
  ])("is judged by its item: %s", async (_, session, says) => {
    const { checks, pull } = await setUp({ session });
    pull(1, range(here));

    expect(await checks.check(claimsOf(sessionOf()))).toEqual(says);
  });

  it("is read once, however often it is asked for, until there is another range", async () => {
    const { checks, table, pull } = await setUp();
    const claims = claimsOf(sessionOf());
    pull(1, range(elsewhere));
    for (let time = 0; time < 5; time += 1) expect(await checks.check(claims)).toEqual(none);
    pull(2, { kind: "anonymous" });
    expect(await checks.check(claims)).toEqual(none);
    expect(table.reads).toBe(1);
    pull(3, range(here));

    expect(await checks.check(claims)).toEqual(byOperator);
    expect(table.reads).toBe(2);
  });

  it("is read at most twice by all who ask at once", async () => {
    const { checks, table, pull } = await setUp();
    pull(1, range(elsewhere));
    const asked = await Promise.all(Array.from({ length: 20 }, () => checks.check(claimsOf(sessionOf()))));

    expect(asked).toEqual(Array(20).fill(none));
    expect(table.reads).toBe(2);
  });

  it("is forgotten when more have been asked for since than are remembered, the one asked for longest ago first", async () => {
    const { checks, table, pull } = await setUp({ mostRemembered: 3 });
    const claims = ["1", "2", "3", "4"].map((sid) => ({ ...claimsOf(sessionOf()), sid }));
    const [first, second, , last] = claims as [
      (typeof claims)[0],
      (typeof claims)[0],
      (typeof claims)[0],
      (typeof claims)[0],
    ];
    pull(1, range(elsewhere));
    for (const each of claims.slice(0, 3)) await checks.check(each);
    await checks.check(first);
    await checks.check(last);
    expect(table.reads).toBe(4);
    await checks.check(first);
    expect(table.reads).toBe(4);
    await checks.check(second);

    expect(table.reads).toBe(5);
  });

  it("cannot be judged while the table is down, and nothing is remembered of that", async () => {
    const { checks, table, pull } = await setUp();
    pull(1, range(here));
    table.read = () => Promise.reject(new DependencyUnavailable("dynamodb", new Error("down")));
    await expect(checks.check(claimsOf(sessionOf()))).rejects.toBeInstanceOf(DependencyUnavailable);
    table.read = async () => {};

    expect(await checks.check(claimsOf(sessionOf()))).toEqual(byOperator);
  });

  it("is judged by what was pulled while it was read, too", async () => {
    const { checks, table, pull } = await setUp();
    pull(1, range(elsewhere));
    table.read = async () => pull(2, range(here));

    expect(await checks.check(claimsOf(sessionOf()))).toEqual(byOperator);
  });

  it("is not let in by a read that took until nobody could tell", async () => {
    const { clock, checks, table, pull } = await setUp();
    pull(1, range(elsewhere));
    table.read = () => clock.advance(5001);

    expect(await checks.check(claimsOf(sessionOf()))).toEqual({ kind: "stale" });
  });
});

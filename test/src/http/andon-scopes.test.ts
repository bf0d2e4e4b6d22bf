import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { RevocationScope } from "@lanyard/contracts";
import { accountByCode, accountFrom, andonSystem, everywhere, pull, visitorFrom } from "../support/andon.ts";
import type { InProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { bearerOf, refresh, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const gone = "403 session_revoked operator";
const BERLIN = "198.51.100.1";
const PARIS = "198.51.100.2";
const STOCKHOLM = "2001:db8::1";

let system: InProcessSystem;
/** Who is signed in: by name, in the order in which they did. */
let people: Readonly<Record<string, Visitor>>;
let noon: string;
beforeEach(async () => {
  system = await andonSystem();
  const guest = await visitorFrom(system, BERLIN);
  const ada = await accountFrom(system, BERLIN, "ada@example.com");
  await system.clock.advance(5000);
  noon = new Date(system.clock.now()).toISOString();
  const adaAgain = await accountFrom(system, PARIS, "ada@example.com");
  const bob = await accountByCode(system, STOCKHOLM);
  const stranger = await visitorFrom(system, PARIS);
  people = { guest, ada, adaAgain, bob, stranger };
});
afterEach(() => system.stop());

const idOf = (name: string): string => people[name]?.userId ?? "";
const visitors = ["guest", "stranger"];
const seenBySome = async (headersOf: (person: Visitor) => Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await everywhere(system, headersOf(people[name] as Visitor))] as const),
    ),
  );
const byToken = () => seenBySome(({ bearer }) => bearer, Object.keys(people));
const byId = () => seenBySome(({ userId }) => ({ "x-user-id": userId }), visitors);
const saying = (named: readonly string[], among: readonly string[], says: readonly [string, string]) =>
  Object.fromEntries(among.map((name) => [name, named.includes(name) ? says[0] : says[1]]));

const markedIn = (of: InProcessSystem): number =>
  of
    .table("session")
    .dump()
    .filter(({ value }) => (value["revoked"] as { reason?: string } | undefined)?.reason === "operator").length;

type Case = readonly [string, () => RevocationScope, readonly string[]];
const cases: readonly Case[] = [
  ["all", () => ({ kind: "all" }), ["guest", "ada", "adaAgain", "bob", "stranger"]],
  ["one user", () => ({ kind: "user", userId: idOf("ada") }), ["ada", "adaAgain"]],
  ["one user, in capitals", () => ({ kind: "user", userId: idOf("ada").toUpperCase() }), ["ada", "adaAgain"]],
  ["visitors", () => ({ kind: "anonymous" }), visitors],
  ["accounts", () => ({ kind: "accounts" }), ["ada", "adaAgain", "bob"]],
  ["a sign-in method", () => ({ kind: "method", method: "email_otp" }), ["bob"]],
  ["opened before a time", () => ({ kind: "openedBefore", at: noon }), ["guest", "ada"]],
  ["an IPv4 range", () => ({ kind: "ipRange", cidr: "198.51.100.0/31" }), ["guest", "ada"]],
  ["an IPv6 range", () => ({ kind: "ipRange", cidr: "2001:db8::/32" }), ["bob"]],
];

describe.each([
  ["before items are marked", true],
  ["when their items are marked", false],
])("a pull of the andon cord, %s,", (_, isLost) => {
  it.each(cases)("ends whom it names on every gateway, and nobody else: %s", async (_scope, scopeOf, named) => {
    const everybody = Object.keys(people);
    system.faults.loses = (queue) => isLost && queue === "session-bulk";
    expect(await byToken()).toEqual(saying([], everybody, [gone, "200"]));
    expect((await pull(system, scopeOf())).status).toBe(202);
    await settled(system);

    expect(markedIn(system)).toBe(isLost ? 0 : named.length);
    expect(await byToken()).toEqual(saying(named, everybody, [gone, "200"]));
    expect(await byId()).toEqual(saying(named, visitors, [gone, "200"]));
    for (const name of everybody) {
      const { bearer, refreshToken } = people[name] as Visitor;
      const ended = named.includes(name);
      for (const path of ["/api/v2/auth/me", "/api/v2/auth/sessions", "/api/v2/auth/security-events"]) {
        const said = wordsOf(await system.call("GET", path, { headers: bearer }));
        expect([name, path, said]).toEqual([name, path, ended ? gone : "200"]);
      }
      const refreshed = await refresh(system, refreshToken);
      expect([name, wordsOf(refreshed)]).toEqual([name, ended ? "401 refresh_token_invalid" : "200"]);
      if (!ended) expect(await everywhere(system, bearerOf(tokensOf(refreshed)))).toBe("200");
    }
  });

  it("takes those it ended from the list of a user's sessions", async () => {
    system.faults.loses = (queue) => isLost && queue === "session-bulk";
    const { ada, adaAgain } = people as Record<"ada" | "adaAgain", Visitor>;
    const listed = async () => {
      const { body } = await system.call("GET", "/api/v2/auth/sessions", { headers: adaAgain.bearer });
      return (body as { readonly sessions: readonly { readonly id: string }[] }).sessions.map(({ id }) => id).sort();
    };
    expect(await listed()).toEqual([ada.sessionId, adaAgain.sessionId].sort());
    await pull(system, { kind: "ipRange", cidr: `${BERLIN}/32` });
    await settled(system);

    expect(await listed()).toEqual([adaAgain.sessionId]);
  });
});

describe("a pull of the andon cord", () => {
  it.each(cases)("ends nobody who signs in after it, however they do and from where: %s", async (_, scopeOf) => {
    await pull(system, scopeOf());
    const later = [
      await visitorFrom(system, BERLIN),
      await accountFrom(system, STOCKHOLM, "ada@example.com"),
      await accountByCode(system, PARIS),
    ];
    await settled(system);

    for (const { bearer, refreshToken } of later) {
      expect(await everywhere(system, bearer)).toBe("200");
      expect(await everywhere(system, bearerOf(tokensOf(await refresh(system, refreshToken))))).toBe("200");
    }
    expect(await everywhere(system, { "x-user-id": later[0]?.userId ?? "" })).toBe("200");
  });
});

describe("a visitor's id", () => {
  it("acts as the session that a pull has left, if there is one", async () => {
    const guest = people["guest"] as Visitor;
    await pull(system, { kind: "ipRange", cidr: `${PARIS}/32` });

    expect(await everywhere(system, { "x-user-id": guest.userId })).toBe("200");
    expect(await everywhere(system, { "x-user-id": idOf("stranger") })).toBe(gone);
  });
});

describe("operations", () => {
  it("are read by no session that a pull has ended", async () => {
    const { bearer } = people["ada"] as Visitor;
    const touched = await system.call("DELETE", "/api/v2/auth/sessions?except=current", { headers: bearer });
    const path = `/api/v2/operations/${touched.headers["x-operation-id"]}`;
    const read = async () => wordsOf(await system.call("GET", path, { headers: bearer }));
    expect(await read()).toBe("200");
    await pull(system, { kind: "accounts" });

    expect(await read()).toBe(gone);
  });
});

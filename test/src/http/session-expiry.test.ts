import { afterEach, describe, expect, it } from "@jest/globals";
import { sessionItem } from "@lanyard/contracts";
import { turnsFrom, virtualClock } from "@lanyard/messaging/testing";
import { typedItems } from "@lanyard/storage";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  bearerOf,
  changeSession,
  changeUser,
  refresh,
  seenBy,
  signIn,
  tokensOf,
  type Visitor,
  wordsOf,
} from "../support/visitor.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

let system: InProcessSystem;
let skippedMs = 0;
/** Every `session.touch` that was sent. */
let touches = 0;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  const calm = virtualClock();
  skippedMs = 0;
  touches = 0;
  system = await inProcessSystem({ clock: { ...calm, now: () => calm.now() + skippedMs }, ...options });
  system.faults.loses = (_queue, { attributes }) => {
    if (attributes["type"] === "session.touch") touches += 1;
    return false;
  };
};
afterEach(() => system.stop());

/** Lets days go by in which nothing happens, and then enough time for gateways to read what they missed. */
async function pass(ms: number): Promise<void> {
  skippedMs += ms - 2 * SECOND;
  await system.clock.advance(2 * SECOND);
}
const byId = ({ userId }: Visitor): Record<string, string> => ({ "x-user-id": userId });
const stored = async ({ userId, sessionId }: Visitor) => {
  const item = await typedItems(system.table("session"), sessionItem).load(userId, sessionId);
  if (item === undefined) throw new Error("there is no such session");
  return item;
};
const gatewayAt = (index: number): InProcessSystem["gateways"][number] => {
  const gateway = system.gateways[index];
  if (gateway === undefined) throw new RangeError(`there is no gateway ${index}`);
  return gateway;
};

/** Somebody who signed in by a code: the items as that leaves them. */
async function account(): Promise<Visitor> {
  const visitor = await signIn(system);
  await changeUser(system, visitor.userId, { userKind: "account", email: "ada@example.com" });
  await changeSession(system, visitor, { userKind: "account", method: "email_otp", amr: ["otp"] });
  return visitor;
}

describe("whoever comes back every week", () => {
  it("and refreshes is still signed in after 45 days", async () => {
    await begin();
    let { refreshToken, accessToken } = await signIn(system);
    for (let day = 7; day <= 49; day += 7) {
      await pass(7 * DAY);
      ({ refreshToken, accessToken } = tokensOf(await refresh(system, refreshToken)));
    }

    expect(await seenBy(system, bearerOf({ accessToken }))).toBe("200");
  });

  it("and shows only the id is still known after 45 days, and not after 31 days without", async () => {
    await begin();
    const visitor = await signIn(system);
    for (let day = 7; day <= 49; day += 7) {
      await pass(7 * DAY);
      expect(await seenBy(system, byId(visitor))).toBe("200");
      await system.clock.settle();
    }
    await pass(31 * DAY);

    expect(await seenBy(system, byId(visitor))).toBe("401 unauthenticated");
    expect(touches).toBe(7);
  });
});

describe("whoever was away for 31 days", () => {
  it("is signed out: by token, by id and by refresh token", async () => {
    await begin();
    const visitor = await signIn(system);
    await pass(31 * DAY);

    expect(await seenBy(system, visitor.bearer)).toBe("401 token_expired");
    expect(await seenBy(system, byId(visitor))).toBe("401 unauthenticated");
    expect(wordsOf(await refresh(system, visitor.refreshToken))).toBe("401 refresh_token_invalid");
  });

  it("is not brought back by a use that is heard of only then", async () => {
    await begin({ workers: ["identity", "token"] });
    await system.startWorker("session");
    const visitor = await signIn(system);
    await pass(30 * DAY - MINUTE);
    const late: Parameters<typeof system.faults.loses>[1][] = [];
    system.faults.loses = (queue, message) => queue === "session" && late.push(message) > 0;
    expect(await seenBy(system, byId(visitor))).toBe("200");
    await system.clock.settle();
    system.faults.loses = () => false;
    await pass(2 * MINUTE);
    for (const message of late) await system.transport.send("session", message);
    await system.clock.settle();

    expect(late).toHaveLength(1);
    expect(await stored(visitor)).toMatchObject({ version: 1 });
    expect(await seenBy(system, byId(visitor))).toBe("401 unauthenticated");
  });
});

describe("an account", () => {
  it("is signed out on day 90, however active it is", async () => {
    await begin();
    const visitor = await account();
    const end = system.clock.now() + 90 * DAY;
    let { refreshToken } = visitor;
    for (let day = 5; day < 90; day += 5) {
      await pass(5 * DAY);
      ({ refreshToken } = tokensOf(await refresh(system, refreshToken)));
    }
    await pass(end - 5 * MINUTE - system.clock.now());
    const last = await refresh(system, refreshToken);
    const { session, tokens } = last.body as {
      session: { expiresAt: string };
      tokens: { expiresIn: number; accessToken: string; refreshToken: string };
    };
    expect(Date.parse(session.expiresAt)).toBeLessThanOrEqual(end);
    expect(tokens.expiresIn).toBeLessThanOrEqual(300);
    expect(await seenBy(system, bearerOf(tokens))).toBe("200");
    await pass(end - system.clock.now());

    expect(await seenBy(system, bearerOf(tokens))).toBe("401 token_expired");
    expect(wordsOf(await refresh(system, tokens.refreshToken))).toBe("401 refresh_token_invalid");
  });
});

describe("a request with an access token", () => {
  it("slides the expiry of its session, from the second minute on", async () => {
    await begin();
    const visitor = await signIn(system);
    const { expiresAt } = (await stored(visitor)).value;
    await system.clock.advance(59 * SECOND);
    await seenBy(system, visitor.bearer);
    await system.clock.settle();
    expect([touches, (await stored(visitor)).value.expiresAt]).toEqual([0, expiresAt]);
    await system.clock.advance(4 * MINUTE + SECOND);
    await seenBy(system, visitor.bearer);
    await system.clock.settle();

    expect(touches).toBe(1);
    expect(Date.parse((await stored(visitor)).value.expiresAt)).toBeGreaterThan(Date.parse(expiresAt) + 4.9 * MINUTE);
  });

  it.each([
    ["that reads who one is is a use", "GET", "/api/v2/auth/me", 1],
    ["that reads an operation is a use", "GET", `/api/v2/operations/op_${"0".repeat(32)}${"A".repeat(22)}`, 1],
    ["that ends the session is none that would be worth telling", "POST", "/api/v2/auth/logout", 0],
  ])("%s", async (_, method, path, told) => {
    await begin();
    const visitor = await signIn(system);
    await system.clock.advance(5 * MINUTE);
    await system.call(method, path, { headers: visitor.bearer });
    await system.clock.settle();

    expect(touches).toBe(told);
  });

  it("that is refused is no use", async () => {
    await begin();
    const [visitor, other] = [await signIn(system), await signIn(system)];
    await system.call("POST", "/api/v2/auth/logout", { headers: visitor.bearer });
    await system.clock.advance(5 * MINUTE);
    expect(await seenBy(system, visitor.bearer)).toBe("403 session_revoked logout");
    expect(await seenBy(system, { ...other.bearer, ...byId(visitor) })).toBe("400 conflicting_credentials");
    expect(await seenBy(system, byId(visitor))).toBe("401 unauthenticated");
    await system.clock.settle();

    expect(touches).toBe(0);
  });

  it.each([
    ["is down", "queuesDown"],
    ["hangs", "queuesHanging"],
  ] as const)("is answered at once when the queue that hears of uses %s", async (_, fault) => {
    await begin();
    const visitor = await signIn(system);
    await system.clock.advance(5 * MINUTE);
    system.faults[fault].add("session");

    expect(await seenBy(system, visitor.bearer)).toBe("200");
    expect(await seenBy(system, byId(visitor))).toBe("200");
  });
});

describe("a session that two gateways are asked about without pause", () => {
  it("is written about once a minute", async () => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    for (let ms = 0; ms < 10 * MINUTE; ms += 5 * SECOND) {
      const answers = await Promise.all([
        seenBy(gatewayAt(0), visitor.bearer),
        seenBy(gatewayAt(1), visitor.bearer),
        seenBy(gatewayAt(0), byId(visitor)),
        seenBy(gatewayAt(1), byId(visitor)),
      ]);
      expect(answers).toEqual(Array(4).fill("200"));
      await system.clock.advance(5 * SECOND);
    }
    const { version, value } = await stored(visitor);

    expect(version).toBeGreaterThanOrEqual(1 + 8);
    expect(version).toBeLessThanOrEqual(1 + 10);
    expect(Date.parse(value.expiresAt)).toBeGreaterThan(system.clock.now() + 30 * DAY - 2 * MINUTE);
  });
});

describe("a use that races a logout", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))("brings nothing back: seed %d", async (seed) => {
    await begin({ gateways: 2 });
    const visitor = await signIn(system);
    await system.clock.advance(5 * MINUTE);
    system.faults.pause = turnsFrom(seed + 1);
    const logOut = () => gatewayAt(seed % 2).call("POST", "/api/v2/auth/logout", { headers: visitor.bearer });
    const [out] = await Promise.all([
      logOut(),
      seenBy(gatewayAt(0), visitor.bearer),
      seenBy(gatewayAt(1), byId(visitor)),
    ]);
    const { revoked } = (await stored(visitor)).value;
    system.faults.pause = async () => {};
    await system.clock.advance(SECOND);

    expect([wordsOf(out), touches > 0]).toEqual(["204", true]);
    expect(revoked).toMatchObject({ reason: "logout" });
    expect((await stored(visitor)).value.revoked).toEqual(revoked);
    for (const gateway of system.gateways) {
      expect(await seenBy(gateway, visitor.bearer)).toBe("403 session_revoked logout");
      expect(await seenBy(gateway, byId(visitor))).toBe("401 unauthenticated");
    }
  });
});

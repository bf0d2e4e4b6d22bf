import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { envelopes, isOperationOf, type ReceivedMessage } from "@lanyard/messaging";
import { derivation, parseKeyring } from "@lanyard/secrets";
import type { AccessTokenClaims } from "@lanyard/session-manager";
import type { Session } from "../reads/projections.ts";
import { dispatcherBench, traceparent, watched } from "../testing/dispatcher-bench.ts";
import { recordingLog } from "../testing/recording-log.ts";
import type { Identity } from "./authenticate.ts";
import { SessionUse, type SessionUseOptions } from "./session-use.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const noon = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(noon + ms).toISOString();
const keys = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const id = (last: number): string => `1c7a7b4f-8b1f-8a6c-8d2e-${String(last).padStart(12, "0")}`;

/** An access token that was issued at these milliseconds after noon. */
const token = (iat: number, { session = 1, seconds = 600 } = {}): Identity => ({
  by: "token",
  userId,
  sessionId: id(session),
  claims: { iat: (noon + iat) / 1000, exp: (noon + iat) / 1000 + seconds } as AccessTokenClaims,
});
const visitor = (session: Partial<Session> = {}): Identity => ({
  by: "visitor",
  userId,
  sessionId: id(1),
  session: { openedAt: at(0), expiresAt: at(30 * DAY), ...session } as Session,
});

function bench(change: Partial<SessionUseOptions> = {}) {
  const { desk, transport, clock } = dispatcherBench();
  const { log, lines } = recordingLog();
  let made = 0;
  const randomBytes = (size: number): Uint8Array => new Uint8Array(size).fill((made += 1));
  const uses = new SessionUse({ dispatcher: desk, derivation: keys, randomBytes, log, ...change });
  /** A request at these milliseconds after noon; says how many messages there are once it was told. */
  const use = async (identity: Identity, ms: number): Promise<number> => {
    uses.note(identity, { receivedAt: noon + ms, client: { ip: "192.0.2.1" }, traceparent });
    await clock.settle();
    return transport.held("session").length;
  };
  return { uses, use, desk, transport, clock, lines };
}

describe("the use of a session", () => {
  it("is told as a command of its user, received when the request was, and wants no reply", async () => {
    const { use, transport } = bench();
    await use(token(0), 5 * MINUTE);
    const [sent] = transport.held("session");
    const message = envelopes(keys).readCommand(sent as ReceivedMessage);

    expect(message).toMatchObject({
      type: "session.touch",
      flow: { name: "touchSession", version: 1 },
      input: { userId, sessionId: id(1) },
      caller: { kind: "user", userId },
      client: { ip: "192.0.2.1" },
      receivedAt: at(5 * MINUTE),
      replyTo: null,
      progress: false,
      traceparent,
    });
    expect(isOperationOf(keys, message.operationId, { kind: "user", userId })).toBe(true);
  });

  it("is not told while the access token is younger than a minute: sign-in and refresh have slid its expiry", async () => {
    const { use } = bench();

    expect(await use(token(0), MINUTE - 1)).toBe(0);
    expect(await use(token(0), MINUTE)).toBe(1);
  });

  it.each([
    ["opened", {}],
    ["seen", { openedAt: at(-DAY), lastSeenAt: at(0) }],
  ])("is not told within a minute after a visitor's session was %s", async (_, session) => {
    const { use } = bench();

    expect(await use(visitor(session), MINUTE - 1)).toBe(0);
    expect(await use(visitor(session), MINUTE)).toBe(1);
  });

  it("is told once a minute, however often and by whatever it is used", async () => {
    const { use } = bench();
    for (let ms = 0; ms < 10 * MINUTE; ms += SECOND / 2) await use(ms % SECOND === 0 ? token(-MINUTE) : visitor(), ms);

    expect(await use(visitor(), 10 * MINUTE)).toBe(11);
  });

  it("is told for each session", async () => {
    const { use } = bench();
    for (const session of [1, 2, 3, 1, 2, 3]) await use(token(-MINUTE, { session }), 0);

    expect(await use(token(-MINUTE), 1)).toBe(3);
  });

  it("is told every tenth of the life of what lives for less than ten minutes", async () => {
    const { use } = bench();
    const short = { seconds: 20 };

    expect(await use(token(0, short), 2 * SECOND - 1)).toBe(0);
    expect(await use(token(0, short), 2 * SECOND)).toBe(1);
    expect(await use(token(0, short), 4 * SECOND - 1)).toBe(1);
    expect(await use(token(0, short), 4 * SECOND)).toBe(2);
    expect(await use(visitor({ lastSeenAt: at(5000), expiresAt: at(25_000) }), 6999)).toBe(2);
    expect(await use(visitor({ lastSeenAt: at(5000), expiresAt: at(25_000) }), 7000)).toBe(3);
  });

  it("is told again after a clock was set back by more than a minute", async () => {
    const { use } = bench();
    await use(token(-DAY), 2 * DAY);

    expect(await use(token(-DAY), 2 * DAY - MINUTE + 1)).toBe(1);
    expect(await use(token(-DAY), 2 * DAY - MINUTE)).toBe(2);
  });
});

describe("a use that cannot be told", () => {
  const down = () => Promise.reject(new DependencyUnavailable("sqs", new Error("down")));

  it("is left to the next, and stands in the log for who looks closely", async () => {
    let isDown = true;
    const { desk } = bench();
    const { use, lines } = bench({ dispatcher: { send: (asked) => (isDown ? down() : desk.send(asked)) } });
    await use(token(0), MINUTE);
    expect(lines.map(({ level }) => level)).toEqual(["debug"]);
    await use(token(0), MINUTE + 1);
    expect(lines).toHaveLength(2);
    isDown = false;
    await use(token(0), MINUTE + 2);
    await use(token(0), MINUTE + 3);

    expect(lines).toHaveLength(2);
  });

  it("is neither thrown nor waited for, and tried once at a time", async () => {
    const asked: number[] = [];
    const { uses } = bench({ dispatcher: { send: () => (asked.push(1), new Promise(() => {})) } });
    const request = { receivedAt: noon + MINUTE, client: { ip: "192.0.2.1" }, traceparent };
    for (let tries = 0; tries < 5; tries += 1) expect(uses.note(token(0), request)).toBeUndefined();

    expect(asked).toHaveLength(1);
  });

  it("is no error of the request either when there is a defect", async () => {
    const broken = (): never => {
      throw new TypeError("defect");
    };
    const { use, lines } = bench({ randomBytes: broken });
    await use(token(0), MINUTE);

    expect(lines.map(({ level }) => level)).toEqual(["debug"]);
  });
});

describe("what is remembered of uses", () => {
  it("is bounded: whom it forgets, it tells once more", async () => {
    const { use, uses } = bench({ mostRemembered: 2 });
    for (const session of [1, 2, 3]) await use(token(-MINUTE, { session }), 0);
    expect(uses.size).toBe(2);

    expect(await use(token(-MINUTE, { session: 3 }), 1)).toBe(3);
    expect(await use(token(-MINUTE, { session: 1 }), 2)).toBe(4);
    expect(uses.size).toBe(2);
  });

  it("is forgotten after a minute", async () => {
    const { use, uses } = bench();
    for (const session of [1, 2, 3]) await use(token(-MINUTE, { session }), session);
    await use(token(-MINUTE, { session: 4 }), MINUTE + 2);

    expect(uses.size).toBe(2);
  });

  it("does not grow with a queue that hangs", async () => {
    const asked: number[] = [];
    const { use } = bench({ mostUnderWay: 3, dispatcher: { send: () => (asked.push(1), new Promise(() => {})) } });
    for (let session = 1; session <= 5; session += 1) await use(token(-MINUTE, { session }), 0);

    expect(asked).toHaveLength(3);
  });
});

describe("a gateway that stops", () => {
  it("waits for what is being told, and tells no more", async () => {
    let acknowledge = (): void => {};
    const asked: number[] = [];
    const send = () =>
      new Promise<void>((resolve) => {
        asked.push(1);
        acknowledge = resolve;
      });
    const { uses, use, clock } = bench({ dispatcher: { send } });
    await use(token(0), MINUTE);
    const stopped = watched(uses.stop());
    await use(token(0, { session: 2 }), MINUTE);
    expect(stopped.isSettled()).toBe(false);
    acknowledge();
    await clock.settle();

    expect([stopped.isSettled(), asked.length]).toEqual([true, 1]);
  });
});

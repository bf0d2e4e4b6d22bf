import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { virtualClock } from "@lanyard/messaging/testing";
import { memoryItemStore } from "@lanyard/storage";
import type { Inbox } from "../inbox/inbox.ts";
import { pullOf } from "../testing/pulled-sessions.ts";
import { recordingLog } from "../testing/recording-log.ts";
import { PullConfirmations } from "./pull-confirmations.ts";

const MINUTE = 60_000;

function setUp({ aheadMs = 0 } = {}) {
  const clock = virtualClock();
  const store = memoryItemStore();
  const state: { down: boolean; lease: Inbox["lease"] } = {
    down: false,
    lease: { inbox: "inbox-1", since: new Date(clock.now()).toISOString() },
  };
  const { log, lines } = recordingLog();
  let tries = 0;
  const confirmations = new PullConfirmations({
    gatewayTable: {
      ...store,
      async putIfAbsent(...args) {
        tries += 1;
        if (state.down) throw new DependencyUnavailable("dynamodb", new Error("down"));
        return store.putIfAbsent(...args);
      },
    },
    clock,
    brokerNow: () => clock.now() + aheadMs,
    log,
    lease: () => state.lease,
  });
  const pulledAgo = (ms: number, number = 1) =>
    pullOf(number, { kind: "all" }, new Date(clock.now() + aheadMs - ms).toISOString());
  const standing = () => store.dump().map(({ key, value }) => [key.pk, key.sk, value["propagationMs"]]);
  return { clock, store, state, lines, confirmations, pulledAgo, standing, tries: () => tries };
}

describe("a gateway that learns of a pull", () => {
  it("says since when it refuses, by the time of the broker, under the name of its inbox", async () => {
    const { clock, store, confirmations, pulledAgo } = setUp({ aheadMs: 5 });
    confirmations.note(pulledAgo(230));
    await clock.settle();

    expect(store.dump()).toEqual([
      expect.objectContaining({
        key: { pk: "pull#000000000001", sk: "inbox-1" },
        value: { number: 1, inbox: "inbox-1", confirmedAt: "2026-01-01T00:00:00.005Z", propagationMs: 230 },
        ttlEpochSeconds: Date.UTC(2026, 0, 9) / 1000 + 1,
      }),
    ]);
  });

  it("says 0, and not less, when its time is behind the pull's", async () => {
    const { clock, confirmations, pulledAgo, standing } = setUp();
    confirmations.note(pulledAgo(-900));
    await clock.settle();

    expect(standing()).toEqual([["pull#000000000001", "inbox-1", 0]]);
  });

  it("says what it first said, when it is told again", async () => {
    const { clock, confirmations, pulledAgo, standing } = setUp();
    const pull = pulledAgo(230);
    confirmations.note(pull);
    await clock.advance(1000);
    confirmations.note(pull);
    await clock.settle();

    expect(standing()).toEqual([["pull#000000000001", "inbox-1", 230]]);
  });

  it("goes on trying while the table is down, with the time at which it began to refuse, and under the name of then", async () => {
    const { clock, state, lines, confirmations, pulledAgo, standing, tries } = setUp();
    state.down = true;
    confirmations.note(pulledAgo(230));
    await clock.advance(10 * MINUTE);
    expect(standing()).toEqual([]);
    state.lease = { inbox: "inbox-2", since: new Date(clock.now()).toISOString() };
    state.down = false;
    await clock.advance(1000);
    const needed = tries();
    await clock.advance(MINUTE);

    expect(standing()).toEqual([["pull#000000000001", "inbox-1", 230]]);
    expect(tries()).toBe(needed);
    expect(lines[0]?.message).toBe("a pull could not be confirmed; trying again");
  });

  it("waits for a name while it has none", async () => {
    const { clock, state, confirmations, pulledAgo, standing } = setUp();
    state.lease = undefined;
    confirmations.note(pulledAgo(230));
    await clock.advance(MINUTE);
    state.lease = { inbox: "inbox-2", since: new Date(clock.now()).toISOString() };
    await clock.advance(1000);

    expect(standing()).toEqual([["pull#000000000001", "inbox-2", 230]]);
  });

  it("tries no more when it stops", async () => {
    const { clock, state, confirmations, pulledAgo, tries } = setUp();
    state.down = true;
    confirmations.note(pulledAgo(0));
    await clock.advance(2000);
    await confirmations.stop();
    const before = tries();
    await clock.advance(MINUTE);

    expect(tries()).toBe(before);
  });
});

describe("a gateway that was started after a pull", () => {
  it.each([
    [MINUTE, 1],
    [MINUTE + 1, 0],
  ])("%d ms later says so %d times", async (ms, times) => {
    const { clock, confirmations, pulledAgo, standing } = setUp();
    confirmations.note(pulledAgo(ms));
    await clock.settle();

    expect(standing()).toHaveLength(times);
  });
});

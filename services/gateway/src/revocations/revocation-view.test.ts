import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { type RevocationReason, revocationItem, revocationShardOf } from "@lanyard/contracts";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { RevocationView } from "./revocation-view.ts";

const HOUR = 3600_000;
const session = (count: number, shard = 0): string =>
  `0000000${shard}-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}`;

function setUp(wrap: (store: ItemStore) => ItemStore = (store) => store) {
  const clock = virtualClock();
  const store = memoryItemStore();
  const entries = typedItems(store, revocationItem);
  const view = new RevocationView({ sessionTable: wrap(store), clock, log: silentLog });
  const put = (number: number, sessionId: string, { agoMs = 0, reason = "logout" as RevocationReason } = {}) =>
    entries.putIfAbsent(
      { number, sessionId, reason, at: new Date(clock.now() - agoMs).toISOString() },
      [revocationShardOf(sessionId), number],
      { writtenBy: `op${number}` },
    );
  return { clock, store, view, put };
}

describe("a view that was not read yet", () => {
  it("lets nobody in, except out: what it was told of is revoked", () => {
    const { view } = setUp();
    view.note(session(1), "logout");

    expect(view.isStale).toBe(true);
    expect(view.check(session(2))).toEqual({ kind: "stale" });
    expect(view.check(session(1))).toEqual({ kind: "revoked", reason: "logout" });
  });
});

describe("the first read", () => {
  it("knows every session that any shard names, by its reason, and no other", async () => {
    const { view, put } = setUp();
    for (let shard = 0; shard < 8; shard += 1) await put(1, session(1, shard), { reason: "refresh_reuse" });
    await view.catchUp();

    for (let shard = 0; shard < 8; shard += 1) {
      expect(view.check(session(1, shard))).toEqual({ kind: "revoked", reason: "refresh_reuse" });
      expect(view.check(session(2, shard))).toEqual({ kind: "none" });
    }
  });

  it("reads page after page, back to what no token can name", async () => {
    const { store, view, put } = setUp((inner) => counting(inner));
    for (let number = 1; number <= 450; number += 1) {
      await put(number, session(number), { agoMs: number <= 250 ? 26 * HOUR : HOUR });
    }
    await view.catchUp();

    const known = Array.from({ length: 450 }, (_, index) => view.check(session(index + 1)).kind);
    expect(known.lastIndexOf("none")).toBe(149);
    expect(known.slice(150)).toEqual(Array(300).fill("revoked"));
    expect(lists.get(store)).toBe(3 + 7);
    await view.catchUp();
    expect(lists.get(store)).toBe(3 + 7 + 8);
  });

  it("does not take one entry that was appended late for the end", async () => {
    const { view, put } = setUp();
    for (let number = 1; number <= 101; number += 1) await put(number, session(number), { agoMs: HOUR });
    await put(102, session(102), { agoMs: 26 * HOUR });
    for (let number = 103; number <= 201; number += 1) await put(number, session(number));
    await view.catchUp();

    expect(view.check(session(1))).toMatchObject({ kind: "revoked" });
  });

  it("goes on where the log ended, also in one that was empty", async () => {
    const { view, put } = setUp();
    await view.catchUp();
    await put(1, session(1));
    await view.catchUp();
    expect(view.check(session(1))).toMatchObject({ kind: "revoked" });
    for (let number = 2; number <= 302; number += 1) await put(number, session(number));
    await view.catchUp();

    expect(view.check(session(302))).toMatchObject({ kind: "revoked" });
    expect(view.size).toBe(302);
  });
});

/** How many pages were asked of the log of single sessions. */
const lists = new WeakMap<object, number>();
const counting = (inner: ItemStore): ItemStore => ({
  ...inner,
  list(pk, ...args) {
    if (pk.startsWith("revocations#")) lists.set(inner, (lists.get(inner) ?? 0) + 1);
    return inner.list(pk, ...args);
  },
});

describe("a page that is no snapshot", () => {
  it("is read again when a number is missing, so that it is not passed over", async () => {
    let torn: (() => Promise<unknown>) | undefined;
    const { view, put } = setUp((inner) => ({
      ...inner,
      async list(pk, options) {
        const page = await inner.list(pk, options);
        const interrupt = page.items.length > 0 ? torn : undefined;
        if (interrupt === undefined) return page;
        // The reader was past number 1 when it came; number 2 it still met.
        torn = undefined;
        await interrupt();
        return page;
      },
    }));
    await view.catchUp();
    await put(2, session(2));
    torn = () => put(1, session(1));
    await view.catchUp();
    expect(view.check(session(2))).toMatchObject({ kind: "revoked" });

    expect(view.check(session(1))).toMatchObject({ kind: "revoked" });
  });

  it("is passed when what is missing has been deleted", async () => {
    const { store, view, put } = setUp((inner) => counting(inner));
    await view.catchUp();
    await put(7, session(7));
    await view.catchUp();
    const before = lists.get(store) ?? 0;
    await put(8, session(8));
    await view.catchUp();

    expect(view.check(session(8))).toMatchObject({ kind: "revoked" });
    expect((lists.get(store) ?? 0) - before).toBe(8);
  });
});

describe("a view that is followed", () => {
  it("knows within a second what came into the log", async () => {
    const { clock, view, put } = setUp();
    await view.catchUp();
    view.start();
    await put(1, session(1));
    await clock.advance(999);
    expect(view.check(session(1))).toEqual({ kind: "none" });
    await clock.advance(1);
    expect(view.check(session(1))).toMatchObject({ kind: "revoked" });

    await view.stop();
  });

  it("lets nobody in once five seconds have passed since the last read that was completed began", async () => {
    let down = false;
    const { clock, view } = setUp((inner) => ({
      ...inner,
      list: (...args) =>
        down ? Promise.reject(new DependencyUnavailable("dynamodb", new Error("down"))) : inner.list(...args),
    }));
    await view.catchUp();
    view.start();
    down = true;
    await clock.advance(5000);
    expect(view.check(session(1))).toEqual({ kind: "none" });
    await clock.advance(1);
    expect(view.check(session(1))).toEqual({ kind: "stale" });
    down = false;
    await clock.advance(1000);
    expect(view.check(session(1))).toEqual({ kind: "none" });

    await view.stop();
  });

  it("counts a read from its beginning: what came after that it may not have seen", async () => {
    const gate: { closed?: Promise<void> } = {};
    const { clock, view } = setUp((inner) => ({
      ...inner,
      list: async (...args) => {
        const page = await inner.list(...args);
        await gate.closed;
        return page;
      },
    }));
    await view.catchUp();
    gate.closed = clock.sleep(4000);
    const read = view.catchUp();
    await clock.advance(4000);
    await read;
    await clock.advance(1000);
    expect(view.isStale).toBe(false);
    await clock.advance(1);

    expect(view.isStale).toBe(true);
  });

  it("does not become younger by a clock that is set back", async () => {
    const { clock, store } = setUp();
    let setBack = 0;
    const view = new RevocationView({
      sessionTable: store,
      clock: { ...clock, now: () => clock.now() - setBack },
      log: silentLog,
    });
    await view.catchUp();
    setBack = HOUR;

    expect(view.check(session(1))).toEqual({ kind: "stale" });
  });
});

describe("what a reply or an event says", () => {
  it("counts at once, and once, whatever the log says later", async () => {
    const { view, put } = setUp();
    await view.catchUp();
    view.note(session(1), "refresh_reuse");
    view.note(session(1), "refresh_reuse");
    view.note(session(1), "logout");
    expect(view.size).toBe(1);
    await put(1, session(1), { reason: "logout" });
    await view.catchUp();

    expect(view.check(session(1))).toEqual({ kind: "revoked", reason: "refresh_reuse" });
    expect(view.size).toBe(1);
  });

  it("is forgotten after twenty-five hours, and not before", async () => {
    const { clock, view } = setUp();
    view.note(session(1), "logout");
    await clock.advance(HOUR);
    view.note(session(2), "logout");
    await clock.advance(24 * HOUR);
    await view.catchUp();
    expect(view.size).toBe(2);
    await clock.advance(1);
    await view.catchUp();

    expect(view.size).toBe(1);
    expect(view.check(session(2))).toMatchObject({ kind: "revoked" });
  });
});

import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { signingKeyItem } from "@lanyard/contracts";
import { eventually, virtualClock } from "@lanyard/messaging/testing";
import { newSigningKey } from "@lanyard/session-manager";
import { memoryItemStore, typedItems } from "@lanyard/storage";
import { recordingLog } from "../testing/recording-log.ts";
import { PublishedKeys } from "./published-keys.ts";

const DAY_MS = 24 * 3600_000;

function bench() {
  const clock = virtualClock();
  const store = memoryItemStore();
  const reads = { count: 0, fail: false };
  const table: typeof store = {
    ...store,
    async list(pk, options) {
      reads.count += 1;
      if (reads.fail) throw new DependencyUnavailable("dynamodb", new Error("down"));
      return store.list(pk, options);
    },
  };
  const { log, lines } = recordingLog();
  const keys = new PublishedKeys({ tokenTable: table, clock, log });
  const publish = async (generation: number, activeFromMs = clock.now()): Promise<string> => {
    const { kid, publicJwk } = await newSigningKey();
    const at = new Date(activeFromMs).toISOString();
    const record = { generation, publicJwk, sealedPrivateJwk: "sealed", createdAt: at, activeFrom: at };
    await typedItems(store, signingKeyItem).putIfAbsent(record, [generation], { writtenBy: kid });
    return kid;
  };
  return { clock, store, reads, lines, keys, publish };
}
const kidsOf = (keys: PublishedKeys): readonly string[] => keys.jwks().keys.map(({ kid }) => kid);

describe("the published keys", () => {
  it("are none before they were read, then those of the table, without anything secret", async () => {
    const { keys, publish } = bench();
    const kid = await publish(1);
    expect([kidsOf(keys), keys.holds(kid)]).toEqual([[], false]);
    await keys.refresh();

    expect([kidsOf(keys), keys.holds(kid)]).toEqual([[kid], true]);
    expect(Object.keys(keys.jwks().keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect((await keys.find(kid))?.type).toBe("public");
  });

  it("include the next one before it signs, and the last one for a day after", async () => {
    const { clock, keys, publish } = bench();
    const first = await publish(1);
    const second = await publish(2, clock.now() + DAY_MS);
    await keys.refresh();
    expect(kidsOf(keys)).toEqual([first, second]);
    await clock.advance(2 * DAY_MS - 1);
    expect(keys.holds(first)).toBe(true);
    await clock.advance(1);

    expect([kidsOf(keys), keys.holds(first), await keys.find(first)]).toEqual([[second], false, undefined]);
  });

  it("are read again for a name that is not known", async () => {
    const { clock, keys, publish } = bench();
    await keys.refresh();
    const kid = await publish(1);
    await clock.advance(1000);

    expect((await keys.find(kid))?.type).toBe("public");
  });

  it("are not read again within a second, whatever strangers ask for: they wait for one read", async () => {
    const { clock, keys, reads } = bench();
    await keys.refresh();
    const asked = Array.from({ length: 50 }, (_, index) => keys.find(`stranger-${index}`));
    await clock.advance(999);
    expect(reads.count).toBe(1);
    await clock.advance(1);

    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, () => undefined));
    expect(reads.count).toBe(2);
  });

  it("hold one that was made after the last read, though that is a moment ago", async () => {
    const { clock, keys, reads, publish } = bench();
    await keys.refresh();
    const kid = await publish(1);
    const found = keys.find(kid);
    await clock.advance(1000);

    expect((await found)?.type).toBe("public");
    expect(reads.count).toBe(2);
  });

  it("hold one that was made while a read was under way that does not show it", async () => {
    const { clock, store, publish } = bench();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFirst = true;
    const slow: typeof store = {
      ...store,
      async list(pk, options) {
        const page = await store.list(pk, options);
        if (isFirst) {
          isFirst = false;
          await held;
        }
        return page;
      },
    };
    const keys = new PublishedKeys({ tokenTable: slow, clock, log: recordingLog().log });
    const first = keys.refresh();
    await eventually("the table was read", () => !isFirst);
    const kid = await publish(1);
    const found = keys.find(kid);
    await clock.advance(1000);
    expect((await found)?.type).toBe("public");
    release();
    await first;

    // What was begun before and ended after takes nothing back.
    expect(keys.holds(kid)).toBe(true);
  });

  it("are not asked for when the name is known", async () => {
    const { clock, keys, reads, publish } = bench();
    const kid = await publish(1);
    await keys.refresh();
    await clock.advance(60_000);
    await keys.find(kid);

    expect(reads.count).toBe(1);
  });

  it("say that they cannot tell when the table is down, and go on knowing what they know", async () => {
    const { clock, keys, reads, publish } = bench();
    const kid = await publish(1);
    await keys.refresh();
    reads.fail = true;
    await clock.advance(1000);

    await expect(keys.find("stranger")).rejects.toBeInstanceOf(DependencyUnavailable);
    expect((await keys.find(kid))?.type).toBe("public");
    reads.fail = false;
    await clock.advance(1000);
    expect(await keys.find("stranger")).toBeUndefined();
  });

  it("are read every five seconds until they are stopped, also after a read that failed", async () => {
    const { clock, keys, reads, lines, publish } = bench();
    await publish(1);
    await keys.refresh();
    keys.start();
    reads.fail = true;
    await clock.advance(4999);
    expect(reads.count).toBe(1);
    await clock.advance(1);
    expect(lines.map(({ message }) => message)).toEqual(["the published keys could not be read"]);
    reads.fail = false;
    const kid = await publish(2);
    await clock.advance(5000);
    await eventually("the key is known", () => keys.holds(kid));
    await keys.stop();
    const { count } = reads;
    await clock.advance(60_000);

    expect([count, reads.count]).toEqual([3, 3]);
  });

  it("are looked for more often while there are none", async () => {
    const { clock, keys, reads, publish } = bench();
    await keys.refresh();
    keys.start();
    await clock.advance(1000);
    expect(reads.count).toBe(5);
    const kid = await publish(1);
    await clock.advance(250);

    await eventually("the key is known", () => keys.holds(kid));
    await keys.stop();
  });

  it("stop being accepted, and published, within seconds of their removal in an emergency", async () => {
    const { clock, keys, publish, store } = bench();
    const removed = await publish(1);
    const next = await publish(2);
    await keys.refresh();
    keys.start();
    const items = typedItems(store, signingKeyItem);
    const stored = await items.load(1);
    if (stored === undefined) throw new Error("the key was published");
    await items.replace(
      stored,
      { ...stored.value, removedAt: new Date(clock.now()).toISOString() },
      { writtenBy: "operator" },
    );
    await clock.advance(5_000);
    await eventually("a read without the removed key", () => !keys.holds(removed));
    expect(kidsOf(keys)).toEqual([next]);
    const found = keys.find(removed);
    await clock.advance(1000);
    expect(await found).toBeUndefined();
    await keys.stop();
  });

  it("forget what was taken from the table", async () => {
    const { clock, store, keys, publish } = bench();
    const kid = await publish(1);
    await keys.refresh();
    const [stored] = (await store.list(signingKeyItem.key(1).pk)).items;
    if (stored !== undefined) await store.remove(stored);
    await keys.refresh();

    const found = keys.find(kid);
    await clock.advance(1000);
    expect([keys.holds(kid), await found]).toEqual([false, undefined]);
  });
});

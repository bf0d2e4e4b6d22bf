import { afterEach, describe, expect, it } from "@jest/globals";
import { argon2id } from "./argon2id.ts";
import { HashingThreads, type HashingThreadsOptions } from "./hashing-threads.ts";

const cheap = { memory: 8, passes: 1, parallelism: 1, tagLength: 32, nonce: Buffer.alloc(16, 2) };
const opened: HashingThreads[] = [];
const threads = (count: number, more: Partial<HashingThreadsOptions> = {}): HashingThreads => {
  const made = new HashingThreads({ threads: count, ...more });
  opened.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

describe("hashing threads", () => {
  it("make what Node makes, each caller their own, however many ask at once", async () => {
    const { argon2id: onThreads } = threads(2);
    const messages = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    const made = await Promise.all(
      messages.map((message) => onThreads({ ...cheap, message, secret: Buffer.alloc(8, 3) })),
    );

    expect(made).toEqual(
      await Promise.all(messages.map((message) => argon2id({ ...cheap, message, secret: Buffer.alloc(8, 3) }))),
    );
  });

  it("refuse what cannot be hashed, and go on", async () => {
    const { argon2id: onThread } = threads(1);
    const impossible = onThread({ ...cheap, message: "a", memory: 1 });
    const next = onThread({ ...cheap, message: "a" });

    await expect(impossible).rejects.toThrow(/memory/);
    expect(await next).toEqual(await argon2id({ ...cheap, message: "a" }));
  });

  it("that are stopped leave nobody waiting", async () => {
    const stopped = threads(1);
    const asked = Array.from({ length: 3 }, (_, index) =>
      stopped.argon2id({ ...cheap, message: `${index}`, memory: 65_536 }),
    );
    const ends = Promise.allSettled(asked);
    await stopped.close();

    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  it("rest after each hash for their share of the time, and hash nothing meanwhile", async () => {
    const rests: { readonly ms: number; over(): void }[] = [];
    const { argon2id: onThread } = threads(1, {
      busyPercent: 25,
      rest: (ms) => new Promise((over) => rests.push({ ms, over })),
    });
    const ended: number[] = [];
    const begunAt = performance.now();
    const hashes = [1, 2].map(async (number) => {
      await onThread({ ...cheap, message: `${number}` });
      ended.push(number);
    });
    await hashes[0];
    const tookMs = performance.now() - begunAt;

    expect(rests).toHaveLength(1);
    expect(rests[0]?.ms).toBeGreaterThan(0);
    expect(rests[0]?.ms).toBeLessThanOrEqual(3 * tookMs);
    // Another process's worth of hashing goes by, and the second has not begun.
    await Promise.all(Array.from({ length: 20 }, (_, index) => argon2id({ ...cheap, message: `${index}` })));
    expect(ended).toEqual([1]);
    rests[0]?.over();
    await hashes[1];
    expect(ended).toEqual([1, 2]);
  });

  it("that rest are stopped like the others", async () => {
    const stopped = threads(1, { busyPercent: 1, rest: () => new Promise(() => undefined) });
    await stopped.argon2id({ ...cheap, message: "a" });
    const waits = stopped.argon2id({ ...cheap, message: "b" });
    const ends = Promise.allSettled([waits]);
    await stopped.close();

    expect((await ends)[0]?.status).toBe("rejected");
  });
});

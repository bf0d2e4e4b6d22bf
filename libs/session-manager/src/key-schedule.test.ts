import { describe, expect, it } from "@jest/globals";
import {
  acceptedKeysAt,
  generationDueAt,
  RETIRED_KEY_ACCEPTED_SECONDS,
  type ScheduledKey,
  signingKeyAt,
} from "./key-schedule.ts";

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const key = (generation: number, activeFrom: number): ScheduledKey => ({
  generation,
  createdAt: at(0),
  activeFrom: at(activeFrom),
});
const policy = { rotateEverySeconds: 1000, publishAheadSeconds: 100 };

describe("the signing keys' schedule", () => {
  it("wants a first key at once, active at once", () => {
    expect(generationDueAt([], 5_000, policy)).toEqual({ generation: 1, createdAt: at(5), activeFrom: at(5) });
  });

  it("wants a next key only when the newest is about to retire, and not before it can be known", () => {
    const keys = [key(1, 0)];
    expect(generationDueAt(keys, 899_999, policy)).toBeUndefined();
    expect(generationDueAt(keys, 900_000, policy)).toEqual({ generation: 2, createdAt: at(900), activeFrom: at(1000) });
  });

  it("publishes ahead also when rotation is late", () => {
    expect(generationDueAt([key(1, 0)], 5_000_000, policy)?.activeFrom).toBe(at(5100));
  });

  it("wants one successor, not one at each look", () => {
    expect(generationDueAt([key(1, 0), key(2, 1000)], 950_000, policy)).toBeUndefined();
  });

  it("signs with the newest active key, in whatever order they come", () => {
    const keys = [key(2, 1000), key(1, 0)];
    expect(signingKeyAt(keys, 999_999)?.generation).toBe(1);
    expect(signingKeyAt(keys, 1_000_000)?.generation).toBe(2);
    expect(signingKeyAt([], 0)).toBeUndefined();
  });

  it("accepts a retired key for a day after its successor began to sign, and a published one before it signs", () => {
    const keys = [key(1, 0), key(2, 1000)];
    const end = (1000 + RETIRED_KEY_ACCEPTED_SECONDS) * 1000;
    expect(acceptedKeysAt(keys, 0).map((k) => k.generation)).toEqual([1, 2]);
    expect(acceptedKeysAt(keys, end - 1).map((k) => k.generation)).toEqual([1, 2]);
    expect(acceptedKeysAt(keys, end).map((k) => k.generation)).toEqual([2]);
  });

  it("neither signs with nor accepts a removed key, and wants another at once under a number of its own", () => {
    const keys = [key(1, 0), { ...key(2, 1000), removedAt: at(2000) }, key(3, 9000)];
    expect(signingKeyAt(keys, 3_000_000)?.generation).toBe(1);
    expect(acceptedKeysAt(keys, 3_000_000).map((k) => k.generation)).toEqual([1, 3]);
    const onlyRemoved = [{ ...key(1, 0), removedAt: at(2000) }];
    expect(generationDueAt(onlyRemoved, 3_000_000, policy)).toEqual({
      generation: 2,
      createdAt: at(3000),
      activeFrom: at(3000),
    });
    const nextNotActive = [{ ...key(1, 0), removedAt: at(2000) }, key(2, 9000)];
    expect(generationDueAt(nextNotActive, 3_000_000, policy)).toEqual({
      generation: 3,
      createdAt: at(3000),
      activeFrom: at(3000),
    });
  });

  it("signs with a key that was made to sign at once by a clock that is ahead, rather than wanting another", () => {
    const ahead = { ...key(2, 5), createdAt: at(5) };
    const keys = [{ ...key(1, 0), removedAt: at(5) }, ahead, key(3, 9000)];
    expect(signingKeyAt(keys, 2_000)).toBe(ahead);
    expect(generationDueAt(keys, 2_000, policy)).toBeUndefined();
    expect(signingKeyAt([key(1, 0), ahead], 2_000)?.generation).toBe(1);
  });

  it("goes on accepting a key that nobody succeeded", () => {
    expect(acceptedKeysAt([key(1, 0)], 10 ** 12)).toHaveLength(1);
  });
});

import { describe, expect, it } from "@jest/globals";
import { joinedReads } from "./joined-reads.ts";

/** A store whose reads take what stands when they begin, and end when they are told to. */
function slowStore() {
  let value = 0;
  let begun = 0;
  const ends: ((error?: Error) => void)[] = [];
  const read = joinedReads(
    () =>
      new Promise<number>((resolve, reject) => {
        const seen = value;
        begun += 1;
        ends.push((error) => (error === undefined ? resolve(seen) : reject(error)));
      }),
  );
  return {
    read,
    write: (next: number): void => {
      value = next;
    },
    begun: () => begun,
    async endNext(error?: Error): Promise<void> {
      ends.shift()?.(error);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

describe("a hundred who read one thing at once", () => {
  it("cost two reads, and each sees what stood when it asked, or later", async () => {
    const { read, write, begun, endNext } = slowStore();
    const first = read("a");
    write(1);
    const others = Array.from({ length: 99 }, () => read("a"));
    expect(begun()).toBe(1);
    await endNext();
    write(2);
    await endNext();

    expect(await first).toBe(0);
    expect(new Set(await Promise.all(others))).toEqual(new Set([1]));
    expect(begun()).toBe(2);
  });
});

describe("whoever reads", () => {
  it("after all others have theirs, reads anew", async () => {
    const { read, begun, endNext } = slowStore();
    for (let count = 1; count <= 3; count += 1) {
      const reading = read("a");
      await endNext();
      await reading;
      expect(begun()).toBe(count);
    }
  });

  it("waits for nobody who reads another thing", () => {
    const { read, begun } = slowStore();
    void read("a");
    void read("b");

    expect(begun()).toBe(2);
  });

  it("is not told of the failure of a read that it did not join", async () => {
    const { read, endNext } = slowStore();
    const first = read("a");
    const second = read("a");
    const failed = expect(first).rejects.toThrow("down");
    await endNext(new Error("down"));
    await failed;
    await endNext();

    expect(await second).toBe(0);
  });
});

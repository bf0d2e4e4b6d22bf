import { describe, expect, it } from "@jest/globals";
import { eachOnce } from "./each-once.ts";

const items = Array.from({ length: 10 }, (_, index) => index);

describe("each of a list, once", () => {
  it("is done in order and in turn by one client", async () => {
    const done: string[] = [];
    const answers = await eachOnce(items, [
      async (item) => {
        done.push(`${item} begun`);
        await new Promise((resolve) => setImmediate(resolve));
        done.push(`${item} ended`);
        return -item;
      },
    ]);
    expect(done).toEqual(items.flatMap((item) => [`${item} begun`, `${item} ended`]));
    expect(answers.map(({ answer }) => answer)).toEqual(items.map((item) => -item));
    expect(answers.every(({ ms }) => ms >= 0)).toBe(true);
  });

  it("is begun before any has ended by as many clients as there are things to do", async () => {
    const all = Promise.withResolvers<void>();
    let begun = 0;
    const client = async (item: number): Promise<number> => {
      begun += 1;
      if (begun === items.length) all.resolve();
      await all.promise;
      return item;
    };
    const answers = await eachOnce(
      items,
      items.map(() => client),
    );
    expect(answers.map(({ answer }) => answer)).toEqual(items);
  });

  it("stands in the order of the list, whoever is first", async () => {
    const first = Promise.withResolvers<void>();
    const answers = await eachOnce(
      ["late", "early"],
      [
        async (item) => {
          await first.promise;
          return item;
        },
        async (item) => {
          first.resolve();
          return item;
        },
      ],
    );
    expect(answers.map(({ answer }) => answer)).toEqual(["late", "early"]);
  });

  it("is not begun in a pause", async () => {
    let pausing = false;
    const clients = [async (item: number) => (expect(pausing).toBe(false), item)];
    const answers = await eachOnce(items, clients, async () => {
      pausing = true;
      await new Promise((resolve) => setImmediate(resolve));
      pausing = false;
    });
    expect(answers).toHaveLength(items.length);
  });

  it("fails with the first that fails", async () => {
    await expect(eachOnce([1], [() => Promise.reject(new Error("answered 500"))])).rejects.toThrow("answered 500");
  });
});

import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { addressAttempts } from "./address-attempts.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const HOUR = 3600_000;
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const keys = (...kids: readonly string[]) =>
  derivation(parseKeyring(kids.map((kid) => `${kid}:${Buffer.alloc(32, kid).toString("base64url")}`).join()));

function underTest(derived = keys("k1")) {
  const store = memoryItemStore();
  const attempts = addressAttempts(store, derived);
  const attempt = (count: number, hours = 0, email = "ada@example.com") => ({
    email,
    operationId: operation(count),
    receivedAt: noon + hours * HOUR,
  });
  return {
    store,
    count: (count: number, hours?: number, email?: string) =>
      attempts.count(attempt(count, hours, email), { writtenBy: operation(count) }),
    giveBack: (count: number) => attempts.giveBack(attempt(count), { writtenBy: operation(count) }),
  };
}

describe("the codes tried for an address", () => {
  it("are twenty at most, of fifty at once", async () => {
    const { count } = underTest();
    const said = await Promise.all(Array.from({ length: 50 }, (_, index) => count(index)));

    expect(said.filter((each) => each === "counted")).toHaveLength(20);
    expect(said.filter((each) => each === "too-many")).toHaveLength(30);
  });

  it("count once for an operation, also when there is room for none", async () => {
    const { count } = underTest();
    for (let index = 0; index < 20; index += 1) await count(index);

    expect(await count(3)).toBe("counted");
    expect(await count(20)).toBe("too-many");
    expect(await count(20)).toBe("too-many");
  });

  it("are forgotten after 24 hours, one by one", async () => {
    const { count } = underTest();
    for (let index = 0; index < 20; index += 1) await count(index, index);

    expect(await count(20, 23.99)).toBe("too-many");
    expect(await count(21, 24)).toBe("counted");
    expect(await count(22, 24)).toBe("too-many");
    expect(await count(23, 25)).toBe("counted");
  });

  it("do not count for another address", async () => {
    const { count } = underTest();
    for (let index = 0; index < 20; index += 1) await count(index);

    expect(await count(20, 0, "bob@example.com")).toBe("counted");
  });

  it("are given back by the one that was right, once", async () => {
    const { count, giveBack } = underTest();
    for (let index = 0; index < 20; index += 1) await count(index);
    await giveBack(7);
    await giveBack(7);

    expect(await count(20)).toBe("counted");
    expect(await count(21)).toBe("too-many");
  });

  it("are kept under a keyed hash of the address, the same while keys are being rotated", async () => {
    const before = underTest(keys("k1", "k2"));
    await before.count(1);
    const [item] = before.store.dump();
    const after = underTest(keys("k2", "k1"));
    await after.count(1);

    expect(JSON.stringify(item)).not.toContain("ada");
    expect(after.store.dump()[0]?.key).toEqual(item?.key);
  });
});

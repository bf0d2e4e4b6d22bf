import { afterAll, describe, expect, it } from "@jest/globals";

const moduleHere = new URL("./cryptography-in-order.ts", import.meta.url).href;
const digest = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", Buffer.from(text));

afterAll(async () => (await import("./cryptography-in-order.ts")).cryptographyInOrder());

describe("WebCrypto in order", () => {
  it("is seen to be under way by each test file of one process, whichever came first", async () => {
    const first = await import("./cryptography-in-order.ts");
    first.cryptographyInOrder();
    const second = (await import(`${moduleHere}?again`)) as typeof first;
    expect(second.isCryptographyUnderWay).not.toBe(first.isCryptographyUnderWay);
    second.cryptographyInOrder();
    second.cryptographyInOrder();

    const digested = digest("one");
    expect(second.isCryptographyUnderWay()).toBe(true);
    await digested;
    expect(second.isCryptographyUnderWay()).toBe(false);
  });

  it("ends in the order in which it was begun, and says what the real one says", async () => {
    const { cryptographyInOrder } = await import("./cryptography-in-order.ts");
    cryptographyInOrder();
    const ended: string[] = [];
    const large = crypto.subtle.digest("SHA-512", new Uint8Array(8_000_000)).then(() => ended.push("large"));
    const small = digest("small").then((hash) => {
      ended.push("small");
      return hash;
    });
    await Promise.all([large, small]);
    expect(ended).toEqual(["large", "small"]);
    expect(Buffer.from(await small).toString("hex")).toMatch(/^[0-9a-f]{64}$/);
    await expect(crypto.subtle.importKey("raw", new Uint8Array(3), "AES-GCM", false, ["encrypt"])).rejects.toThrow();
  });
});

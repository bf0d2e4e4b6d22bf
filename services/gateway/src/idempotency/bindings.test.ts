import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { type BindingRequest, bindings } from "./bindings.ts";

const HOUR = 3600_000;
const noon = Date.parse("2026-11-21T12:00:00.000Z");
const keys = (...kids: readonly string[]) =>
  derivation(parseKeyring(kids.map((kid) => `${kid}:${Buffer.alloc(32, kid).toString("base64url")}`).join()));
const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
const request = (count: number, change: Partial<BindingRequest> = {}): BindingRequest => ({
  key: "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42",
  caller: { kind: "none" },
  request: ["POST", "/api/v2/auth/anonymous", "{}"],
  operationId: operation(count),
  receivedAt: noon,
  client: { ip: "192.0.2.1" },
  traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
  ...change,
});
const user = (id: number) =>
  ({ kind: "user", userId: `1c7a7b4f-8b1f-8a6c-8d2e-${String(id).padStart(12, "0")}` }) as const;

describe("a key", () => {
  it("is bound to the first operation, with what it takes to send that again", async () => {
    const bound = bindings(memoryItemStore(), keys("k1"));
    const first = await bound.bind(request(1));
    expect(first).toMatchObject({
      kind: "bound",
      binding: {
        operationId: operation(1),
        receivedAt: "2026-11-21T12:00:00.000Z",
        client: { ip: "192.0.2.1" },
        traceparent: request(1).traceparent,
        derivationKid: "k1",
      },
    });
    const later = request(2, { receivedAt: noon + HOUR, client: { ip: "192.0.2.2" } });

    expect(await bound.bind(later)).toEqual({ ...first, kind: "same" });
  });

  it("is bound once by fifty at once", async () => {
    const bound = bindings(memoryItemStore(), keys("k1"));
    const results = await Promise.all(Array.from({ length: 50 }, (_, count) => bound.bind(request(count))));

    expect(results.filter(({ kind }) => kind === "bound")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === "same")).toHaveLength(49);
  });

  it.each([
    ["method", ["DELETE", "/api/v2/auth/anonymous", "{}"]],
    ["path", ["POST", "/api/v2/auth/logout", "{}"]],
    ["body", ["POST", "/api/v2/auth/anonymous", '{"a":1}']],
    ["where its parts begin", ["POST", "/api/v2/auth/anonymous{", "}"]],
  ])("is for no other request: another %s", async (_, other) => {
    const bound = bindings(memoryItemStore(), keys("k1"));
    await bound.bind(request(1));

    expect(await bound.bind(request(2, { request: other }))).toEqual({ kind: "other" });
  });

  it("is one for each caller", async () => {
    const store = memoryItemStore();
    const bound = bindings(store, keys("k1"));
    const callers = [{ kind: "none" } as const, user(1), user(2)];
    for (const [index, caller] of callers.entries()) {
      expect(await bound.bind(request(index, { caller }))).toMatchObject({ kind: "bound" });
    }

    expect(store.dump()).toHaveLength(3);
  });

  it("is free again after twenty-five hours, and not before, whether or not its item was deleted", async () => {
    const store = memoryItemStore();
    const bound = bindings(store, keys("k1"));
    await bound.bind(request(1));
    const [item] = store.dump();
    expect(item?.ttlEpochSeconds).toBe((noon + 25 * HOUR) / 1000);
    expect(await bound.bind(request(2, { receivedAt: noon + 25 * HOUR }))).toMatchObject({ kind: "same" });
    const late = Array.from({ length: 9 }, (_, count) =>
      bound.bind(request(3 + count, { receivedAt: noon + 25 * HOUR + 1 })),
    );
    const kinds = (await Promise.all(late)).map(({ kind }) => kind).sort();

    expect(kinds).toEqual(["bound", ...Array(8).fill("same")]);
    expect(store.dump()).toHaveLength(1);
  });
});

describe("while derivation keys are being rotated", () => {
  it.each([
    ["k1", "k2"],
    ["k2", "k1"],
  ])("a key is bound in one place, whichever is current: %s, %s", async (...kids) => {
    const store = memoryItemStore();
    await bindings(store, keys("k1", "k2")).bind(request(1));
    const again = await bindings(store, keys(...kids)).bind(request(2));

    expect(again).toMatchObject({ kind: "same", binding: { operationId: operation(1), derivationKid: "k1" } });
    expect(store.dump()).toHaveLength(1);
  });

  it("a key is bound once by gateways that differ in which is current, at the same moment", async () => {
    const store = memoryItemStore();
    const both = [bindings(store, keys("k1", "k2")), bindings(store, keys("k2", "k1"))];
    const results = await Promise.all(both.map((bound, count) => bound.bind(request(count))));

    expect(results.map(({ kind }) => kind).sort()).toEqual(["bound", "same"]);
  });

  it.each([["k0"], ["k2"]])("a key bound before %s came stands", async (added) => {
    const store = memoryItemStore();
    await bindings(store, keys("k1")).bind(request(1));
    const now = bindings(store, keys(added, "k1"));

    expect(await now.bind(request(2))).toMatchObject({ kind: "same", binding: { operationId: operation(1) } });
    expect(await now.bind(request(3, { request: ["other"] }))).toEqual({ kind: "other" });
  });

  it("a key bound before that is free again after its time too", async () => {
    const store = memoryItemStore();
    await bindings(store, keys("k1")).bind(request(1));
    const late = request(2, { receivedAt: noon + 26 * HOUR });

    expect(await bindings(store, keys("k0", "k1")).bind(late)).toMatchObject({ kind: "bound" });
  });
});

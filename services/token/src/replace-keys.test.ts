import { describe, expect, it } from "@jest/globals";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { parseKeyring, sealing } from "@lanyard/secrets";
import { signingKeyAt } from "@lanyard/session-manager";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { replaceKeys } from "./replace-keys.ts";
import { type SigningKeyRecord, signingKeyStore } from "./signing-keys/signing-key-store.ts";
import { SigningKeys } from "./signing-keys/signing-keys.ts";

const policy = { rotateEverySeconds: 100_000, publishAheadSeconds: 100 };
const by = "key:deploy";
const operation = (number: number): string => `op_${String(number).padStart(32, "0")}${"A".repeat(22)}`;
const kidOf = ({ publicJwk }: SigningKeyRecord): string => publicJwk.kid;

/** Token workers on one table; the clock of each may be ahead of the common one, and a table may be broken for one. */
function underTest() {
  const clock = virtualClock();
  const table = memoryItemStore();
  const store = signingKeyStore(table);
  const worker = ({ through = table, aheadMs = 0 }: { through?: ItemStore; aheadMs?: number } = {}): SigningKeys =>
    new SigningKeys({
      store: signingKeyStore(through),
      sealing: sealing(parseKeyring(`s1:${Buffer.alloc(32, 1).toString("base64url")}`)),
      policy,
      clock: { ...clock, now: () => clock.now() + aheadMs },
      log: silentLog,
    });
  const replace = async (signingKeys: SigningKeys, number: number) => {
    const result = await replaceKeys({ signingKeys }).run({
      operationId: operation(number),
      writtenBy: `${operation(number)}/token.replaceKeys`,
      input: { by },
      caller: { kind: "none" },
      client: { ip: "192.0.2.1" },
      receivedAt: new Date(clock.now()).toISOString(),
      cursor: undefined,
      derivationKid: "k1",
      deriveUuid: () => "another",
    });
    if (result.kind !== "done") throw new Error(result.kind);
    return { kid: (result.output as { kid: string }).kid, events: result.events };
  };
  const generations = async (): Promise<readonly SigningKeyRecord[]> => (await store.all()).toReversed();
  const usable = async (): Promise<readonly string[]> =>
    (await generations()).filter(({ removedAt }) => removedAt === undefined).map(kidOf);
  return { clock, table, worker, replace, generations, usable };
}

/** Stops dead before the n-th write, counted from 0. */
function stopping(store: ItemStore, before: number): ItemStore {
  let left = before;
  const guarded =
    <Args extends readonly unknown[], R>(write: (...args: Args) => Promise<R>) =>
    async (...args: Args): Promise<R> => {
      if (left === 0) throw new Error("stopped");
      left -= 1;
      return write(...args);
    };
  return { ...store, putIfAbsent: guarded(store.putIfAbsent), replace: guarded(store.replace) };
}

/** Three generations: one that has retired, one that signs, one that is published ahead. */
async function threeKeys(world: ReturnType<typeof underTest>): Promise<readonly string[]> {
  const signer = world.worker();
  await signer.refresh();
  await signer.rotate(operation(91));
  await world.clock.advance(100_000);
  await signer.rotate(operation(92));
  return (await world.generations()).map(kidOf);
}

const toldOf = (
  events: readonly { readonly type: string; readonly data: object }[],
): readonly (readonly [string, string])[] => events.map(({ type, data }) => [type, (data as { kid: string }).kid]);

describe("the replacement of all signing keys", () => {
  it("leaves one key, which signs at once, and tells of it and of each key that it took out of service", async () => {
    const world = underTest();
    const old = await threeKeys(world);
    const signer = world.worker();
    const { kid, events } = await world.replace(signer, 1);
    const now = new Date(world.clock.now()).toISOString();

    expect(await world.usable()).toEqual([kid]);
    expect(old).not.toContain(kid);
    expect((await signer.current()).kid).toBe(kid);
    expect(events).toEqual([
      { type: "signingKey.made", occurredAt: now, data: { kid, activeFrom: now, by } },
      ...old.map((each) => ({ type: "signingKey.removed", occurredAt: now, data: { kid: each, by } })),
    ]);
  });

  it("leaves alone what was out of service before, and does not tell of it", async () => {
    const world = underTest();
    const [first = "", second = "", third = ""] = await threeKeys(world);
    await world.worker().remove(first, operation(5));
    const removedBefore = (await world.generations())[0];
    const { events } = await world.replace(world.worker(), 1);

    expect((await world.generations())[0]).toEqual(removedBefore);
    expect(toldOf(events).slice(1)).toEqual([second, third].map((each) => ["signingKey.removed", each]));
  });

  it("delivered twice is the same key and the same events, and takes nothing out of service that was made since", async () => {
    const world = underTest();
    await threeKeys(world);
    const once = await world.replace(world.worker(), 1);
    const next = await world.worker().rotate(operation(2));
    const standing = world.table.dump();
    await world.clock.advance(1000);

    expect(await world.replace(world.worker(), 1)).toEqual(once);
    expect(world.table.dump()).toEqual(standing);
    expect(await world.usable()).toEqual([once.kid, kidOf(next)]);
  });

  it("delivered again after another replacement says the same thing, and leaves that one's key", async () => {
    const world = underTest();
    await threeKeys(world);
    const first = await world.replace(world.worker(), 1);
    const second = await world.replace(world.worker(), 2);

    expect(await world.replace(world.worker(), 1)).toEqual(first);
    expect(await world.usable()).toEqual([second.kid]);
    expect(toldOf(second.events)).toEqual([
      ["signingKey.made", second.kid],
      ["signingKey.removed", first.kid],
    ]);
  });

  it("sixteen times at once makes one key, and every copy says the same", async () => {
    const world = underTest();
    await threeKeys(world);
    const copies = await Promise.all(Array.from({ length: 16 }, () => world.replace(world.worker(), 1)));

    expect(new Set(copies.map((copy) => JSON.stringify(copy))).size).toBe(1);
    expect(await world.usable()).toEqual([copies[0]?.kid]);
    expect(await world.generations()).toHaveLength(4);
  });

  it.each([2, 5])("by %i operations at once, each delivered twice, leaves one new key", async (count) => {
    const world = underTest();
    const old = await threeKeys(world);
    const numbers = Array.from({ length: count }, (_, at) => at + 1);
    const copies = await Promise.all([...numbers, ...numbers].map((number) => world.replace(world.worker(), number)));

    const left = await world.usable();
    expect(left).toHaveLength(1);
    expect(copies.map(({ kid }) => kid)).toContain(left[0]);
    expect(await world.generations()).toHaveLength(old.length + count);
    // Each key that is gone is told of once: by whoever took it out of service.
    const told = new Map(copies.map(({ kid, events }) => [kid, toldOf(events)]));
    const removed = [...told.values()].flat().filter(([type]) => type === "signingKey.removed");
    expect(removed.map(([, kid]) => kid).toSorted()).toEqual(
      [...old, ...told.keys()].filter((kid) => kid !== left[0]).toSorted(),
    );
  });

  it.each([0, 1, 2, 3])(
    "goes on where its worker stopped, after %i of its four writes, and there is always a key that signs",
    async (writes) => {
      const world = underTest();
      const old = await threeKeys(world);
      const broken = world.worker({ through: stopping(world.table, writes) });
      await expect(world.replace(broken, 1)).rejects.toThrow("stopped");
      expect(signingKeyAt(await world.generations(), world.clock.now())).toBeDefined();
      const other = await world.worker().rotate(operation(2));

      const { kid, events } = await world.replace(world.worker(), 1);
      // What was asked for after the new key stood is left alone; before that, it is one of the keys that go.
      const gone = writes === 0 ? [...old, kidOf(other)] : old;
      expect(await world.usable()).toEqual(writes === 0 ? [kid] : [kid, kidOf(other)]);
      expect(toldOf(events)).toEqual([["signingKey.made", kid], ...gone.map((each) => ["signingKey.removed", each])]);
      expect((await world.generations()).filter(({ madeBy }) => madeBy === operation(1))).toHaveLength(1);
    },
  );

  it("is signed with by the other workers at their next look, also when their clocks are minutes behind", async () => {
    const world = underTest();
    await threeKeys(world);
    const behind = world.worker({ aheadMs: -60_000 });
    await behind.refresh();
    const { kid } = await world.replace(world.worker({ aheadMs: 120_000 }), 1);
    await behind.refresh();

    expect((await behind.current()).kid).toBe(kid);
    expect(await world.usable()).toEqual([kid]);
  });
});

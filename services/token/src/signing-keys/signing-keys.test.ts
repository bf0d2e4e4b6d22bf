import { describe, expect, it } from "@jest/globals";
import { silentLog } from "@lanyard/messaging";
import { eventually, virtualClock } from "@lanyard/messaging/testing";
import { parseKeyring, SealBroken, sealing, UnknownKey } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { signingKeyStore } from "./signing-key-store.ts";
import { SigningKeys } from "./signing-keys.ts";

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");
const policy = { rotateEverySeconds: 1000, publishAheadSeconds: 100 };
const claims = {
  sub: "0b9f9a52-3c3e-8b1e-9a55-1d1c2b3a4f50",
  sid: "1b9f9a52-3c3e-8b1e-9a55-1d1c2b3a4f50",
  jti: "2b9f9a52-3c3e-8b1e-9a55-1d1c2b3a4f50",
  iat: 1000,
  exp: 1600,
  iss: "https://lanyard.example.com",
  aud: "lanyard",
  auth_time: 1000,
  amr: [],
  kind: "anonymous" as const,
  roles: [],
  pull: 0,
};
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid as string;

const operation = (number: number): string => `op_${String(number).padStart(32, "0")}${"A".repeat(22)}`;

function underTest(keys = `s1:${key(1)}`) {
  const clock = virtualClock();
  const table = memoryItemStore();
  const store = signingKeyStore(table);
  const worker = (sealingKeys = keys): SigningKeys =>
    new SigningKeys({ store, sealing: sealing(parseKeyring(sealingKeys)), policy, clock, log: silentLog });
  return { clock, table, store, worker };
}

describe("the signing keys", () => {
  it("are made once when sixteen workers start at once, and all sign with the same", async () => {
    const { store, worker } = underTest();
    const workers = Array.from({ length: 16 }, () => worker());
    await Promise.all(workers.map((one) => one.refresh()));
    expect(await store.all()).toHaveLength(1);
    const kids = await Promise.all(workers.map(async (one) => kidOf(await one.sign(claims))));
    expect(new Set(kids).size).toBe(1);
  });

  it("rest sealed: no private part stands in the table", async () => {
    const { table, worker } = underTest();
    await worker().refresh();
    const stored = JSON.stringify(table.dump());
    expect(stored).not.toContain('"d":');
    expect(stored).toContain('"sealedPrivateJwk":"ey');
  });

  it("rotate with overlap: the next is published ahead, signs from its time on, the old is never asked again", async () => {
    const { clock, store, worker } = underTest();
    const signer = worker();
    await signer.refresh();
    const first = kidOf(await signer.sign(claims));
    signer.start();
    await clock.advance(905_000);
    // Keys are made on another thread: no virtual time says when.
    await eventually("the next generation", async () => (await store.all()).length === 2);
    await clock.advance(5_000);
    expect(kidOf(await signer.sign(claims))).toBe(first);
    await clock.advance(100_000);
    expect(kidOf(await signer.sign(claims))).not.toBe(first);
    await signer.stop();
  });

  it("are replaced at once, within seconds and on every worker, when one is removed", async () => {
    const { clock, store, worker } = underTest();
    const signers = [worker(), worker()];
    for (const signer of signers) await signer.refresh();
    const [one, other] = signers;
    if (one === undefined || other === undefined) throw new Error("two signers");
    const removed = kidOf(await one.sign(claims));
    for (const signer of signers) signer.start();
    const removedAt = new Date(clock.now()).toISOString();
    expect(await store.remove(removed, { at: removedAt, by: operation(1) })).toMatchObject({
      removedAt,
      removedBy: operation(1),
    });
    const later = new Date(clock.now() + 1).toISOString();
    expect(await store.remove(removed, { at: later, by: operation(2) })).toMatchObject({
      removedAt,
      removedBy: operation(1),
    });
    expect(await store.remove("unknown", { at: removedAt, by: operation(1) })).toBeUndefined();
    await clock.advance(5_000);
    await eventually("another generation", async () => (await store.all()).length === 2);
    await clock.advance(5_000);
    const kids = [kidOf(await one.sign(claims)), kidOf(await other.sign(claims))];
    expect(new Set(kids).size).toBe(1);
    expect(kids).not.toContain(removed);
    expect(await store.all()).toHaveLength(2);
    await Promise.all(signers.map((signer) => signer.stop()));
  });

  it("open with an older sealing key, and say which is missing", async () => {
    const { worker } = underTest();
    await worker().refresh();
    await worker(`s2:${key(2)},s1:${key(1)}`).refresh();
    await expect(worker(`s2:${key(2)}`).refresh()).rejects.toThrow(new UnknownKey("s1"));
    await expect(worker(`s1:${key(9)}`).refresh()).rejects.toThrow(SealBroken);
  });
});

describe("a rotation that an operator asks for", () => {
  it("makes one key for an operation, however often and on however many workers that is carried out", async () => {
    const { clock, store, worker } = underTest();
    const workers = Array.from({ length: 4 }, () => worker());
    await Promise.all(workers.map((one) => one.refresh()));
    const made = await Promise.all(
      [1, 2].flatMap((number) => [...workers, ...workers].map((one) => one.rotate(operation(number)))),
    );

    expect(
      (await store.all())
        .map(({ madeBy }) => madeBy)
        .filter((by) => by !== undefined)
        .toSorted(),
    ).toEqual([operation(1), operation(2)]);
    expect(new Set(made.map(({ publicJwk }) => publicJwk.kid)).size).toBe(2);
    expect(new Set(made.map(({ activeFrom }) => Date.parse(activeFrom) - clock.now()))).toEqual(new Set([100_000]));
  });

  it("is followed by the new key once every verifier can know it, and what the old one signed goes on counting", async () => {
    const { clock, worker } = underTest();
    const signer = worker();
    await signer.refresh();
    const before = kidOf(await signer.sign(claims));
    const { publicJwk } = await signer.rotate(operation(1));

    expect(kidOf(await signer.sign(claims))).toBe(before);
    await clock.advance(100_000);
    expect(kidOf(await signer.sign(claims))).toBe(publicJwk.kid);
  });
});

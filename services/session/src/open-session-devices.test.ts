import { describe, expect, it } from "@jest/globals";
import { knownDevicesItem, sessionItem } from "@lanyard/contracts";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { deviceStore } from "./devices/device-store.ts";
import { offlineClientFacts } from "./offline-client-facts.ts";
import { openSession } from "./open-session.ts";
import { revocationLog } from "./revocation-log.ts";
import { rosterStore } from "./roster/roster-store.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";
import {
  at,
  brokerNow,
  deviceIdOf,
  lifetimes,
  operation,
  runOnce,
  sessionIdOf,
  userId,
} from "./testing/sessions-under-test.ts";
import { countWrites, dyingAt, slow } from "./testing/troubled-table.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const home = { ip: "198.51.100.1", userAgent: firefox };
const abroad = { ip: "198.51.100.2", userAgent: safari };
const clientFacts = offlineClientFacts({
  countryOf: (ip) => ({ "198.51.100.1": "DE", "198.51.100.2": "FR" })[ip],
});
const open = (
  table: ItemStore,
  count: number,
  client: Parameters<typeof runOnce>[3] = home,
  input: object = { userKind: "account", method: "magic_link" },
) =>
  runOnce(
    openSession({
      sessions: sessionStore(table, sessionPulls(table)),
      pulls: sessionPulls(table),
      revocations: revocationLog(table),
      rosters: rosterStore(table),
      devices: deviceStore(table),
      sessionLimit: 10,
      brokerNow,
      lifetimes,
      clientFacts,
      now: () => brokerNow() + count,
    }),
    count,
    input,
    client,
  );
const riskOf = (result: Awaited<ReturnType<typeof open>>) => result.events[0]?.data["risk"];
const deviceOf = (result: Awaited<ReturnType<typeof open>>) =>
  result.kind === "done" ? result.output["deviceId"] : result.kind;
const item = async (table: ItemStore, count: number) =>
  (await typedItems(table, sessionItem).load(userId, sessionIdOf(count)))?.value;
const known = async (table: ItemStore) => (await typedItems(table, knownDevicesItem).load(userId))?.value;

describe("the device that a session is opened on", () => {
  it("is not new on an account's first sign-in, and known from then on", async () => {
    const table = memoryItemStore();
    const first = await open(table, 1);
    const second = await open(table, 2);

    expect([riskOf(first), riskOf(second)]).toEqual([undefined, undefined]);
    // It may be the same; it has not shown to be.
    expect([deviceOf(first), deviceOf(second)]).toEqual([deviceIdOf(1), deviceIdOf(2)]);
    const client = { os: "Linux", browser: "Firefox", device: "desktop", country: "DE" };
    expect((await known(table))?.devices).toEqual(
      expect.arrayContaining([
        { deviceId: deviceIdOf(1), seenAt: at(1), client },
        { deviceId: deviceIdOf(2), seenAt: at(2), client },
      ]),
    );
  });

  it("is new when nobody has signed in on the like of it, and told so for good, in the item and to whoever asks", async () => {
    const table = memoryItemStore();
    await open(table, 1);
    const strange = await open(table, 2, abroad);
    const risk = { reasons: ["new_device", "new_country"] };

    expect(riskOf(strange)).toEqual(risk);
    expect(await item(table, 2)).toMatchObject({ risk, deviceId: deviceIdOf(2) });
    expect(await open(table, 2, abroad)).toEqual(strange);
    expect(riskOf(await open(table, 3, abroad))).toBeUndefined();
  });

  it("is one that it shows to be, for its own account and for no other", async () => {
    const table = memoryItemStore();
    await open(table, 1);
    const device = { userId, deviceId: deviceIdOf(1) };
    expect(deviceOf(await open(table, 2, { ...abroad, device }))).toBe(deviceIdOf(1));
    const foreign = { userId: deviceIdOf(7), deviceId: deviceIdOf(1) };
    expect(deviceOf(await open(table, 3, { ip: "192.0.2.9", userAgent: firefox, device: foreign }))).toBe(
      deviceIdOf(3),
    );
  });

  it("is told with how many wrong passwords came before", async () => {
    const input = { userKind: "account", method: "magic_link", failuresBefore: 12 };
    expect(riskOf(await open(memoryItemStore(), 1, home, input))).toEqual({ reasons: ["many_failures"] });
  });

  it("is of no interest for a visitor", async () => {
    const table = memoryItemStore();
    const opened = await open(table, 1, home, { userKind: "anonymous", method: "anonymous" });
    expect(deviceOf(opened)).toBeUndefined();
    expect(await known(table)).toBeUndefined();
  });

  it("and its risk are the same when the opening comes twice, at once, and are those that stand", async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const table = memoryItemStore();
      await open(table, 1);
      const copies = [0, 1, 2, 3].map((copy) => open(slow(table, 10 * seed + copy), 2, abroad));
      const [one, ...others] = await Promise.all(copies);
      if (one === undefined) throw new Error("nobody opened");
      for (const other of others) expect(other).toEqual(one);
      expect(riskOf(one)).toEqual({ reasons: ["new_device", "new_country"] });
      expect((await known(table))?.devices.map(({ deviceId }) => deviceId)).toEqual([deviceIdOf(1), deviceIdOf(2)]);
    }
  });

  it("and its risk are the same wherever the opening stops and begins again", async () => {
    const before = async () => {
      const table = memoryItemStore();
      await open(table, 1);
      return table;
    };
    const whole = await before();
    const expected = await open(whole, 2, abroad);
    const writes = await countWrites(await before(), (table) => open(table, 2, abroad));
    expect(writes).toBeGreaterThanOrEqual(3);
    for (let fatal = 0; fatal < writes; fatal += 1) {
      for (const side of ["before", "after"] as const) {
        const table = await before();
        await expect(open(dyingAt(table, fatal, side), 2, abroad)).rejects.toThrow("died");
        expect(await open(table, 2, abroad)).toEqual(expected);
        expect(await known(table)).toEqual(await known(whole));
      }
    }
  });

  it("stays forgotten when its opening comes once more", async () => {
    const table = memoryItemStore();
    await open(table, 1);
    await open(table, 2, abroad);
    const gone = { userId, deviceId: deviceIdOf(2), country: "FR", at: at(9) };
    await deviceStore(table).forget(gone, { writtenBy: operation(9) });
    await open(table, 2, abroad);
    expect((await known(table))?.devices.map(({ deviceId }) => deviceId)).toEqual([deviceIdOf(1)]);
    const shown = await open(table, 3, { ...abroad, device: { userId, deviceId: deviceIdOf(2) } });
    expect(deviceOf(shown)).toBe(deviceIdOf(3));
    expect(riskOf(shown)).toEqual({ reasons: ["new_device", "new_country"] });
  });
});

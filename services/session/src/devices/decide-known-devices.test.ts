import { describe, expect, it } from "@jest/globals";
import { decideForgotten, decideSeen, type KnownDevicesDecision } from "./decide-known-devices.ts";
import type { KnownDevices } from "./device-store.ts";

const kept = { devices: 3, countries: 3 };
const userId = "u";
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString();
const sight = (deviceId: string, minute: number, country?: string) => ({
  userId,
  deviceId,
  client: { ip: "192.0.2.1", os: "Linux", ...(country !== undefined && { country }) },
  at: at(minute),
});
type Step = (known: KnownDevices | undefined) => KnownDevicesDecision;
const see =
  (...given: Parameters<typeof sight>): Step =>
  (known) =>
    decideSeen(known, sight(...given), kept);
const forget =
  (deviceId: string, minute: number, country?: string): Step =>
  (known) =>
    decideForgotten(known, { userId, deviceId, country, at: at(minute) }, kept);
const after = (...steps: readonly Step[]): KnownDevices | undefined =>
  steps.reduce<KnownDevices | undefined>((known, step) => {
    const decision = step(known);
    return decision.kind === "write" ? decision.next : known;
  }, undefined);
const told = (known: KnownDevices | undefined) => ({
  devices: known?.devices.map(({ deviceId }) => deviceId),
  countries: known?.countries.map(({ country }) => country),
});

describe("the devices of an account", () => {
  it("are those it was seen on, without addresses, and the countries too", () => {
    const known = after(see("a", 1, "DE"), see("b", 2));
    expect(known?.devices).toEqual([
      { deviceId: "a", seenAt: at(1), client: { os: "Linux", country: "DE" } },
      { deviceId: "b", seenAt: at(2), client: { os: "Linux" } },
    ]);
    expect(known?.countries).toEqual([{ country: "DE", seenAt: at(1) }]);
  });

  it("are the same in whichever order sign-ins come, and however often", () => {
    const sights = [see("a", 1, "DE"), see("b", 2, "FR"), see("a", 3, "FR"), see("c", 4, "SE"), see("d", 5, "IT")];
    const expected = after(...sights);
    expect(told(expected)).toEqual({ devices: ["a", "c", "d"], countries: ["FR", "SE", "IT"] });
    expect(after(...sights.toReversed())).toEqual(expected);
    expect(after(...sights, ...sights, ...sights.toReversed())).toEqual(expected);
  });

  it("are not written when there is nothing to be said", () => {
    expect(see("a", 1, "DE")(after(see("a", 1, "DE")))).toEqual({ kind: "stands" });
  });

  it("keep the country of home while one is abroad with the only one", () => {
    expect(told(after(see("a", 1, "DE"), see("a", 2, "FR"))).countries).toEqual(["DE", "FR"]);
  });
});

describe("a device that was forgotten", () => {
  it("is gone, with its country unless another one is there", () => {
    expect(told(after(see("a", 1, "DE"), see("b", 2, "FR"), forget("b", 3, "FR")))).toEqual({
      devices: ["a"],
      countries: ["DE"],
    });
    expect(told(after(see("a", 1, "DE"), see("b", 2, "DE"), forget("b", 3, "DE")))).toEqual({
      devices: ["a"],
      countries: ["DE"],
    });
  });

  it("is made known by no late message, also when it was forgotten first", () => {
    expect(told(after(see("a", 1), see("b", 2), forget("b", 3), see("b", 2), see("b", 9))).devices).toEqual(["a"]);
    expect(told(after(forget("b", 3), see("b", 2))).devices).toEqual([]);
  });

  it("takes nothing along when the message comes again", () => {
    const known = after(see("b", 2, "FR"), forget("b", 3, "FR"), see("c", 4, "FR"));
    expect(forget("b", 3, "FR")(known)).toEqual({ kind: "stands" });
    expect(told(known)).toEqual({ devices: ["c"], countries: ["FR"] });
  });
});

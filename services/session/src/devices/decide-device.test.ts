import { describe, expect, it } from "@jest/globals";
import { decideDevice, type SeenClient } from "./decide-device.ts";
import type { KnownDevices } from "./device-store.ts";

const at = "2026-11-21T12:00:00.000Z";
const laptop = { os: "Linux", browser: "Firefox", device: "desktop", country: "DE" } as const;
const known: KnownDevices = {
  userId: "u",
  devices: [{ deviceId: "laptop", seenAt: at, client: laptop }],
  countries: [{ country: "DE", seenAt: at }],
  forgotten: [],
};
const seen = (client: object = {}, given: Partial<SeenClient> = {}): SeenClient => ({
  client: { ip: "192.0.2.1", ...laptop, ...client },
  newDeviceId: "new",
  failuresBefore: 0,
  ...given,
});

describe("the device of a sign-in", () => {
  it.each([
    ["that never was there before", seen({ os: "Windows" }), "new", ["new_device"]],
    ["that is like one of the list, and yet has not shown to be it", seen(), "new", undefined],
    [
      "that shows what it is, whatever it says of itself",
      seen({ os: "Windows" }, { shownDeviceId: "laptop" }),
      "laptop",
      undefined,
    ],
    [
      "that shows to be one that is on the list no more",
      seen({ os: "Windows" }, { shownDeviceId: "gone" }),
      "new",
      ["new_device"],
    ],
    ["of the same kind, elsewhere", seen({ country: "FR" }), "new", ["new_device", "new_country"]],
    ["that is known, elsewhere", seen({ country: "FR" }, { shownDeviceId: "laptop" }), "laptop", ["new_country"]],
    [
      "that is known, from where nobody can tell",
      seen({ country: undefined }, { shownDeviceId: "laptop" }),
      "laptop",
      undefined,
    ],
    ["after nine wrong passwords", seen({}, { failuresBefore: 9 }), "new", undefined],
    ["after ten wrong passwords", seen({}, { failuresBefore: 10 }), "new", ["many_failures"]],
  ])("%s", (_, client, deviceId, reasons) => {
    expect(decideDevice(known, client)).toEqual({ deviceId, ...(reasons && { risk: { reasons } }) });
  });

  it("is not new to an account that has signed in nowhere yet", () => {
    expect(decideDevice(undefined, seen())).toEqual({ deviceId: "new" });
    expect(decideDevice(undefined, seen({}, { failuresBefore: 30 }))).toMatchObject({
      risk: { reasons: ["many_failures"] },
    });
  });

  it("is new to one whose only device was forgotten", () => {
    const forgotten = { ...known, devices: [], countries: [], forgotten: [{ deviceId: "laptop", at }] };
    expect(decideDevice(forgotten, seen({}, { shownDeviceId: "laptop" }))).toEqual({
      deviceId: "new",
      risk: { reasons: ["new_device", "new_country"] },
    });
  });
});

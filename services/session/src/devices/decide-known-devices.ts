import type { SignInClient } from "@lanyard/contracts";
import type { KnownDevices } from "./device-store.ts";

export type KnownDevicesDecision =
  | { readonly kind: "write"; readonly next: KnownDevices }
  /** It says so already, or nothing is to be said. */
  | { readonly kind: "stands" };

/** At most so many are kept: the one not seen for longest goes. */
export interface KeptDevices {
  readonly devices: number;
  readonly countries: number;
}

/**
 * Puts a device on the list, with what it says of itself now. One that was forgotten stays forgotten, and what is seen late
 * takes nothing back: the list is the same in whichever order sign-ins come to it.
 */
export function decideSeen(
  known: KnownDevices | undefined,
  seen: {
    readonly userId: string;
    readonly deviceId: string;
    readonly client: SignInClient;
    /** ISO 8601. */
    readonly at: string;
  },
  kept: KeptDevices,
): KnownDevicesDecision {
  const current = known ?? { userId: seen.userId, devices: [], countries: [], forgotten: [] };
  const { deviceId, at } = seen;
  const { ip: _ip, ...client } = seen.client;
  if (current.forgotten.some((each) => each.deviceId === deviceId)) return { kind: "stands" };
  const standing = current.devices.find((each) => each.deviceId === deviceId);
  const devices =
    standing !== undefined && standing.seenAt >= at
      ? current.devices
      : newest(
          [...current.devices.filter((each) => each !== standing), { deviceId, seenAt: at, client }],
          kept.devices,
        );
  const { country } = client;
  const visited = current.countries.find((each) => each.country === country);
  const countries =
    country === undefined || (visited !== undefined && visited.seenAt >= at)
      ? current.countries
      : newest([...current.countries.filter((each) => each !== visited), { country, seenAt: at }], kept.countries);
  const isSame = sameList(devices, current.devices) && sameList(countries, current.countries);
  return isSame ? { kind: "stands" } : { kind: "write", next: { ...current, devices, countries } };
}

/** Forgets the device that somebody else has signed in on, and its country unless another device was seen there. */
export function decideForgotten(
  known: KnownDevices | undefined,
  gone: {
    readonly userId: string;
    readonly deviceId: string;
    readonly country: string | undefined;
    readonly at: string;
  },
  kept: KeptDevices,
): KnownDevicesDecision {
  const current = known ?? { userId: gone.userId, devices: [], countries: [], forgotten: [] };
  const { deviceId, country, at } = gone;
  // Was it me? Before anything else: whoever has signed in from that country since is not forgotten.
  if (current.forgotten.some((each) => each.deviceId === deviceId)) return { kind: "stands" };
  const devices = current.devices.filter((each) => each.deviceId !== deviceId);
  const isVisited = devices.some((each) => each.client.country === country);
  const countries = isVisited ? current.countries : current.countries.filter((each) => each.country !== country);
  const forgotten = [...current.forgotten, { deviceId, at }].slice(-kept.devices);
  return { kind: "write", next: { ...current, devices, countries, forgotten } };
}

/** The last so many by when they were seen, oldest first. */
const newest = <Seen extends { readonly seenAt: string }>(all: readonly Seen[], most: number): Seen[] =>
  all.toSorted((one, other) => (one.seenAt < other.seenAt ? -1 : one.seenAt > other.seenAt ? 1 : 0)).slice(-most);

const sameList = <Each>(one: readonly Each[], other: readonly Each[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);

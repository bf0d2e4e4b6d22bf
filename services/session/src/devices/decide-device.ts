import type { Risk, RiskReason, SignInClient } from "@lanyard/contracts";
import type { KnownDevices } from "./device-store.ts";

/** Wrong passwords in a row, before the right one, that deserve a second look. */
export const MANY_FAILURES = 10;

/** A sign-in to an account, as far as its device goes. */
export interface SeenClient {
  readonly client: SignInClient;
  /** What the device has shown to be, for this very account. Default: nothing. */
  readonly shownDeviceId?: string | undefined;
  /** The id of the device, if it is none that is known. */
  readonly newDeviceId: string;
  readonly failuresBefore: number;
}

export interface DeviceDecision {
  readonly deviceId: string;
  /** Absent: nothing was odd. */
  readonly risk?: Risk;
}

/**
 * Which device a sign-in comes from, and what is odd about it. A device is the one that it shows to be. One that says the
 * same of itself as one on the list, in the same country, is nothing new, and yet another: what anybody can say of
 * themselves gives nobody the place of the owner's. Of an account that has no device yet nothing is new.
 */
export function decideDevice(known: KnownDevices | undefined, seen: SeenClient): DeviceDecision {
  const { devices = [], countries = [] } = known ?? {};
  // One whose only device was forgotten is no new account.
  const isFirst = known === undefined;
  const { client, shownDeviceId, newDeviceId, failuresBefore } = seen;
  const shown = devices.find(({ deviceId }) => deviceId === shownDeviceId);
  const isKnown = shown !== undefined || devices.some((device) => isAlike(device.client, client));
  const isNewCountry = client.country !== undefined && !countries.some(({ country }) => country === client.country);
  const reasons: RiskReason[] = [
    ...(!isFirst && !isKnown ? (["new_device"] as const) : []),
    ...(!isFirst && isNewCountry ? (["new_country"] as const) : []),
    ...(failuresBefore >= MANY_FAILURES ? (["many_failures"] as const) : []),
  ];
  return { deviceId: shown?.deviceId ?? newDeviceId, ...(reasons.length > 0 && { risk: { reasons } }) };
}

const isAlike = (one: Omit<SignInClient, "ip">, other: Omit<SignInClient, "ip">): boolean =>
  one.os === other.os && one.browser === other.browser && one.device === other.device && one.country === other.country;

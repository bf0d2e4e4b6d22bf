import type { Derivation } from "@lanyard/secrets";
import { taggedIds } from "./tagged-ids.ts";

/** A device that has signed in to an account. */
export interface AccountDevice {
  readonly userId: string;
  readonly deviceId: string;
}

const ids = taggedIds("dv_", "device-token", 2);

/** What a device shows to be known again: no credential, it signs nobody in. */
export const makeDeviceToken = (derivation: Derivation, { userId, deviceId }: AccountDevice): string =>
  ids.make(derivation, userId, deviceId);

/** Which device it was made for, if this deployment made it: whether the account still knows it, its list must say. */
export function readDeviceToken(derivation: Derivation, token: string): AccountDevice | undefined {
  const [userId, deviceId] = ids.read(derivation, token) ?? [];
  return userId === undefined || deviceId === undefined ? undefined : { userId, deviceId };
}

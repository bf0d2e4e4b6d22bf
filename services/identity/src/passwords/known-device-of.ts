import type { Client } from "@lanyard/contracts";

/** The device that a request has shown, if it is known to this very account. */
export const knownDeviceOf = ({ device }: Client, userId: string | undefined): string | undefined =>
  device !== undefined && device.userId === userId ? device.deviceId : undefined;

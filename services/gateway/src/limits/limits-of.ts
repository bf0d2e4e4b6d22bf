import type { LimitName } from "@lanyard/contracts";
import type { Asking } from "./admission.ts";

/** Of a known device: what strangers use up of its account's address is not its own. */
const ON_A_KNOWN_DEVICE: readonly LimitName[] = ["mailPerDevice"];

/**
 * The limits that a request counts against: its route's, but for mails that are asked for on a known device to the address
 * of its account. Those count for the device alone, so that nobody who asks for mails to that address can lock its owner out.
 */
export async function limitsOf(
  ofRoute: readonly LimitName[],
  { device, address }: Asking,
  accountOf: (email: string) => Promise<string | undefined>,
): Promise<readonly LimitName[]> {
  if (device === undefined || address === undefined || !ofRoute.includes("mailPerAddress")) return ofRoute;
  return (await accountOf(address)) === device.userId ? ON_A_KNOWN_DEVICE : ofRoute;
}

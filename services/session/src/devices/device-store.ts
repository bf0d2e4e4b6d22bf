import { COUNTRIES_KEPT, DEVICES_KEPT, knownDevicesItem, type SignInClient } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import { decideForgotten, decideSeen } from "./decide-known-devices.ts";

export type KnownDevices = ItemValue<typeof knownDevicesItem>;

/** The devices and countries of accounts, each account's in one item. */
export interface DeviceStore {
  /** `undefined`: the account has signed in nowhere yet. @throws DependencyUnavailable */
  load(userId: string): Promise<KnownDevices | undefined>;
  /** Makes a device known, unless it was forgotten. */
  see(
    seen: { readonly userId: string; readonly deviceId: string; readonly client: SignInClient; readonly at: string },
    options: { readonly writtenBy: string },
  ): Promise<void>;
  /** Forgets a device for good: its token opens no way any more, and no late message makes it known again. */
  forget(
    gone: {
      readonly userId: string;
      readonly deviceId: string;
      readonly country: string | undefined;
      readonly at: string;
    },
    options: { readonly writtenBy: string },
  ): Promise<void>;
}

const KEPT = { devices: DEVICES_KEPT, countries: COUNTRIES_KEPT };

export function deviceStore(sessionTable: ItemStore): DeviceStore {
  const items = typedItems(sessionTable, knownDevicesItem);
  const never = (): undefined => undefined;
  return {
    load: async (userId) => (await items.load(userId))?.value,
    async see(seen, { writtenBy }) {
      await changeItem(items, [seen.userId], `${writtenBy}/device`, (known) => decideSeen(known, seen, KEPT), never);
    },
    async forget(gone, { writtenBy }) {
      const decide = (known: KnownDevices | undefined) => decideForgotten(known, gone, KEPT);
      await changeItem(items, [gone.userId], `${writtenBy}/forget`, decide, never);
    },
  };
}

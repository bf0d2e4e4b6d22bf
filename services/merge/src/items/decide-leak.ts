import type { DataItem } from "@lanyard/user-data";

/** A slot that is taken. */
export interface ClaimedSlot {
  readonly number: number;
  /** When it was claimed, or later than that when it was claimed again, ISO 8601. */
  readonly at: string;
}

const HOUR_MS = 3600_000;
/** No message of an operation is carried out as long after it was received: not of a sign-in, nor of the merge that it began. */
const CLAIM_MS = 49 * HOUR_MS;

/**
 * Whether nobody has a slot any more, by its item as it stands; `now` is ISO 8601, when somebody wanted a slot. An item that has
 * ended never stands again, and one that names a slot never names another; while it names none, whoever has claimed one for
 * it may be about to write it.
 */
export function decideLeak({ number, at }: ClaimedSlot, item: DataItem | undefined, now: string): boolean {
  if (item?.ended !== undefined) return true;
  if (item?.slot !== undefined) return item.slot !== number;
  return Date.parse(now) - Date.parse(at) >= CLAIM_MS;
}

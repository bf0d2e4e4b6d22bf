import { ACCOUNT_CHANGES_KEPT, PASSWORD_FAILURES, passwordFailuresItem, passwordTryItem } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { changeItem, type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import { decideRight, decideTry, FAILURES_KEPT_SECONDS, type PasswordTry, type TryDecision } from "./decide-try.ts";

const TRY_KEPT_SECONDS = 2 * 24 * 3600;

export type PasswordFailures = ItemValue<typeof passwordFailuresItem>;

/** Whose tries are counted together: of an operation's, as it first was told. */
export interface Tried {
  /** In its normal form. */
  readonly email: string;
  /** A device that is known to the account of the address: what is tried on it is counted apart. Default: everybody else. */
  readonly deviceId?: string | undefined;
}

/** The passwords in a row that were wrong for an address, whether or not it has an account. */
export interface FailedTries {
  /**
   * Counts a try as failed, each operation once, unless it may not be compared. Where is decided once for an operation: the
   * account that carries the address may be another when a copy of its message comes, or the account's address.
   */
  count(tried: Tried, attempt: PasswordTry, options: { readonly writtenBy: string }): Promise<TryDecision>;
  /** The operation's try was right: counting begins anew where it was counted, once. */
  wasRight(operationId: string, options: { readonly writtenBy: string }): Promise<void>;
}

export function failedTries(identityTable: ItemStore, derivation: Derivation): FailedTries {
  const items = typedItems(identityTable, passwordFailuresItem);
  const tries = typedItems(identityTable, passwordTryItem);
  const hashOf = (email: string): string => {
    // By name, as all workers must agree on one key.
    const [kid = derivation.currentKid] = derivation.kids.toSorted();
    return derivation.bytes(kid, "address-hash", email).toString("base64url");
  };
  /** Where the operation's try is counted. */
  const placeOf = async (
    { email, deviceId: device = "any" }: Tried,
    { operationId, receivedAt }: PasswordTry,
    writtenBy: string,
  ): Promise<[string, string]> => {
    const { stored } = await tries.putIfAbsent({ operationId, addressHash: hashOf(email), device }, [operationId], {
      writtenBy: `${writtenBy}/place`,
      ttlEpochSeconds: Math.floor(Date.parse(receivedAt) / 1000) + TRY_KEPT_SECONDS,
    });
    if (stored === undefined) throw new Error("the try that stood has vanished");
    return [stored.value.addressHash, stored.value.device];
  };
  const limits = { most: PASSWORD_FAILURES, kept: ACCOUNT_CHANGES_KEPT };
  const ttlOf = ({ count, lastAt }: PasswordFailures): number | undefined =>
    count >= limits.most || lastAt === undefined
      ? undefined
      : Math.ceil(Date.parse(lastAt) / 1000) + FAILURES_KEPT_SECONDS;
  return {
    async count(tried, attempt, { writtenBy }) {
      const decide = (failures: PasswordFailures | undefined) => decideTry(failures, attempt, limits);
      const place = await placeOf(tried, attempt, writtenBy);
      return (await changeItem(items, place, `${writtenBy}/count`, decide, ttlOf)).decision;
    },
    async wasRight(operationId, { writtenBy }) {
      const counted = await tries.load(operationId);
      if (counted === undefined) throw new Error("a try that was counted left no trace");
      const { addressHash, device } = counted.value;
      const decide = (failures: PasswordFailures | undefined) => decideRight(failures, operationId);
      await changeItem(items, [addressHash, device], `${writtenBy}/right`, decide, ttlOf);
    },
  };
}

import { ADDRESS_ATTEMPTS, addressAttemptsItem } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { compareAndSet, type ItemStore, typedItems } from "@lanyard/storage";
import { addressName } from "./address-name.ts";

const WINDOW_MS = 24 * 3600_000;

/** Codes tried for an address in the last 24 hours. Whoever guesses moves on to a new challenge; the address stays. */
export interface AddressAttempts {
  /** Counts an attempt, each operation once. "too-many": it was not counted, and must not be made. */
  count(attempt: AddressAttempt, options: { readonly writtenBy: string }): Promise<"counted" | "too-many">;
  /** Takes the attempt back: the code was right, so nobody guessed. */
  giveBack(attempt: AddressAttempt, options: { readonly writtenBy: string }): Promise<void>;
}

export interface AddressAttempt {
  /** In its normal form. */
  readonly email: string;
  readonly operationId: string;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly receivedAt: number;
}

export function addressAttempts(tokenTable: ItemStore, derivation: Derivation): AddressAttempts {
  const items = typedItems(tokenTable, addressAttemptsItem);
  const keyOf = (email: string): string => addressName(derivation, email);
  const ttlOf = (attempts: readonly { readonly at: string }[]): number =>
    Math.ceil((Math.max(0, ...attempts.map(({ at }) => Date.parse(at))) + WINDOW_MS) / 1000);
  return {
    count: ({ email, operationId, receivedAt }, { writtenBy }) =>
      compareAndSet(items, [keyOf(email)], `${writtenBy}/count`, (current) => {
        const all = current?.value.attempts ?? [];
        if (all.some((attempt) => attempt.operationId === operationId)) {
          return { kind: "keep" as const, result: "counted" as const };
        }
        const recent = all.filter(({ at }) => Date.parse(at) > receivedAt - WINDOW_MS);
        if (recent.length >= ADDRESS_ATTEMPTS) return { kind: "keep" as const, result: "too-many" as const };
        const attempts = [...recent, { operationId, at: new Date(receivedAt).toISOString() }];
        return {
          kind: "write" as const,
          value: { attempts },
          ttlEpochSeconds: ttlOf(attempts),
          result: () => "counted" as const,
        };
      }),
    giveBack: ({ email, operationId }, { writtenBy }) =>
      compareAndSet(items, [keyOf(email)], `${writtenBy}/give-back`, (current) => {
        const all = current?.value.attempts ?? [];
        const attempts = all.filter((attempt) => attempt.operationId !== operationId);
        if (attempts.length === all.length) return { kind: "keep" as const, result: undefined };
        return {
          kind: "write" as const,
          value: { attempts },
          ttlEpochSeconds: ttlOf(attempts),
          result: () => undefined,
        };
      }),
  };
}

import { compareAndSet } from "./compare-and-set.ts";
import type { TypedItems } from "./item-kind.ts";
import type { Stored } from "./item-store.ts";

/** A decision about an item; one that has a `next` value wants it written. */
export interface NextDecision<Value> {
  readonly kind: string;
  readonly next?: Value;
}

/**
 * Decides on an item as it stands, and again after each lost race; gives back what was decided and what stands then.
 * `decide` as in `compareAndSet`; `ttlOf` says when what is written may be deleted, in whole seconds since 1970, or that it
 * never may.
 */
export const changeItem = <Value, KeyArgs extends readonly unknown[], Made extends NextDecision<Value>>(
  items: Pick<TypedItems<Value, KeyArgs>, "load" | "putIfAbsent" | "replace">,
  keyArgs: KeyArgs,
  writtenBy: string,
  decide: (value: Value | undefined) => Made,
  ttlOf: (next: Value) => number | undefined,
): Promise<{ readonly decision: Made; readonly value: Value | undefined }> =>
  compareAndSet(items, keyArgs, writtenBy, (current) => {
    const decision = decide(current?.value);
    const { next } = decision;
    if (next === undefined) return { kind: "keep" as const, result: { decision, value: current?.value } };
    const ttlEpochSeconds = ttlOf(next);
    return {
      kind: "write" as const,
      value: next,
      ...(ttlEpochSeconds !== undefined && { ttlEpochSeconds }),
      result: (stored: Stored<Value>) => ({ decision, value: stored.value }),
    };
  });

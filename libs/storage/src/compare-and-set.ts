import type { TypedItems } from "./item-kind.ts";
import type { Stored } from "./item-store.ts";

/** What to do about an item as it stands: leave it, or write the next value of it. */
export type Decision<Value, Result> =
  | { readonly kind: "keep"; readonly result: Result }
  | {
      readonly kind: "write";
      readonly value: Value;
      readonly ttlEpochSeconds?: number;
      readonly result: (stored: Stored<Value>) => Result;
    };

/** What a decision ends in, whichever branch it takes. */
export type ResultOf<Made> = Made extends { readonly kind: "keep"; readonly result: infer Kept }
  ? Kept
  : Made extends { readonly kind: "write"; readonly result: (stored: never) => infer Written }
    ? Written
    : never;

/** Thrown when as many races were lost as were allowed: a later try may win. */
export class ContentionExceeded extends Error {
  override readonly name = "ContentionExceeded";
  readonly races: number;

  constructor(races: number) {
    super(`lost ${races} races for one item`);
    this.races = races;
  }
}

export interface CompareAndSetOptions {
  /** Writes that may be lost before `ContentionExceeded`. Default 50. */
  readonly maxRaces?: number;
}

/**
 * Load, decide, commit; after a lost race decides again on what stands then. `decide` must be pure, as it may run many
 * times, and must ask "was it me?" first (`current.writtenBy`, or a history in the value): a message that comes back
 * finds its own write here. Where nothing stands a write is a put-if-absent.
 */
export const compareAndSet = async <Value, KeyArgs extends readonly unknown[], Made extends Decision<Value, unknown>>(
  items: Pick<TypedItems<Value, KeyArgs>, "load" | "putIfAbsent" | "replace">,
  keyArgs: KeyArgs,
  writtenBy: string,
  decide: (current: Stored<Value> | undefined) => Made,
  { maxRaces = 50 }: CompareAndSetOptions = {},
): Promise<ResultOf<Made>> => {
  let current = await items.load(...keyArgs);
  for (let races = 0; races < maxRaces; races += 1) {
    const decision: Decision<Value, unknown> = decide(current);
    if (decision.kind === "keep") return decision.result as ResultOf<Made>;

    const { value, ttlEpochSeconds } = decision;
    const options = ttlEpochSeconds === undefined ? { writtenBy } : { writtenBy, ttlEpochSeconds };
    const outcome =
      current === undefined
        ? await items.putIfAbsent(value, keyArgs, options)
        : await items.replace(current, value, options);
    if (outcome.kind !== "lost") return decision.result(outcome.stored) as ResultOf<Made>;
    current = outcome.stored;
  }
  throw new ContentionExceeded(maxRaces);
};

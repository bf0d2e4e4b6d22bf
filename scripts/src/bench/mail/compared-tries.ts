import { median } from "../measure/statistics.ts";

/** One try at either of two things. */
export interface Try<Kind extends string> {
  readonly kind: Kind;
  readonly ms: number;
}

export interface ComparedTries {
  /** How fast one is, compared with the other: the median of the other by its own. */
  readonly ratio: number;
  /** The same within each part of the run. */
  readonly lowest: number;
  readonly highest: number;
}

/** All of a list in an order that nobody can tell beforehand; `randomBelow` gives an integer from 0, less than what it is given. */
export function shuffled<Item>(items: readonly Item[], randomBelow: (limit: number) => number): Item[] {
  const left = [...items];
  return Array.from(items, () => left.splice(randomBelow(left.length), 1)).flat();
}

/**
 * Compares medians of tries that were made in one run, all of them and those of each of so many equal parts of it: what
 * the parts differ by, chance alone may do. @throws RangeError when a part has no try at one of both
 */
export function comparedTries<Kind extends string>(
  tries: readonly Try<Kind>[],
  { own, other, parts }: { readonly own: Kind; readonly other: Kind; readonly parts: number },
): ComparedTries {
  const medianOf = (some: readonly Try<Kind>[], kind: Kind): number =>
    median(some.filter((each) => each.kind === kind).map(({ ms }) => ms));
  const ratioOf = (some: readonly Try<Kind>[]): number => medianOf(some, other) / medianOf(some, own);
  const end = (part: number): number => Math.round((tries.length * part) / parts);
  const ratios = Array.from({ length: parts }, (_, part) => ratioOf(tries.slice(end(part), end(part + 1))));
  return { ratio: ratioOf(tries), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

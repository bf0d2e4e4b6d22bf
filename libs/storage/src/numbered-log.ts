import { compareAndSet } from "./compare-and-set.ts";
import type { TypedItems } from "./item-kind.ts";

/** A part of a log whose numbers have no gaps: each is put if absent after the one before it was seen to stand. */
export interface LogPage {
  readonly numbers: readonly number[];
  /** Whether more stood beyond this page. */
  readonly more: boolean;
}

/**
 * Reads on from `last()`, and says after each page up to where everything has been read. A page is no snapshot: while it was
 * read, a number may have come in behind the reader and its successor before it. What stands at the end of such a page, and all
 * before it, stood when it is read again.
 */
export async function readOn(log: {
  readonly last: () => number;
  readonly pageAfter: (last: number) => Promise<LogPage>;
  readonly haveReadUpTo: (number: number) => void;
}): Promise<void> {
  for (let more = true; more; ) {
    const last = log.last();
    const page = await log.pageAfter(last);
    const isMissing = page.numbers.some((number, index) => number !== last + index + 1);
    const again = isMissing ? await log.pageAfter(last) : page;
    const upTo = Math.min(page.numbers.at(-1) ?? last, again.numbers.at(-1) ?? last);
    log.haveReadUpTo(upTo);
    more = page.more && upTo > last;
  }
}

/** Says in the head of such a log that a number stands. The head never expires: it keeps the numbers rising when all entries have. */
export const raiseHead = <KeyArgs extends readonly unknown[]>(
  heads: Pick<TypedItems<{ last: number }, KeyArgs>, "load" | "putIfAbsent" | "replace">,
  keyArgs: KeyArgs,
  number: number,
  writtenBy: string,
): Promise<void> =>
  compareAndSet(heads, keyArgs, `${writtenBy}/${number}`, (head) =>
    head !== undefined && head.value.last >= number
      ? { kind: "keep", result: undefined }
      : { kind: "write", value: { last: number }, result: () => undefined },
  );

/**
 * Waits, in real time, until `fact` gives something other than `undefined` or `false`.
 * @throws Error naming the fact after `timeoutMs` (default 20,000).
 */
export async function eventually<T>(
  what: string,
  fact: () => T | Promise<T>,
  { timeoutMs = 20_000, everyMs = 10 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = await fact();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (Date.now() > until) throw new Error(`never became true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * Runs all starts at once and waits for every one to end; the first that fails calls the others off, and is what is thrown.
 */
export async function startTogether(
  starts: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const failed = new AbortController();
  const calledOff = signal === undefined ? failed.signal : AbortSignal.any([failed.signal, signal]);
  const errors: Error[] = [];
  await Promise.all(
    starts.map(async (start) => {
      try {
        await start(calledOff);
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
        failed.abort();
      }
    }),
  );
  const [first] = errors;
  if (first !== undefined) throw first;
}

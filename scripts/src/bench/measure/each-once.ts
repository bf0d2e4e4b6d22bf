export interface Timed<Answer> {
  readonly ms: number;
  readonly answer: Answer;
}

/**
 * Does each of a list once, in its order, as many at a time as there are clients, each of which does one at a time and
 * then pauses (default: not at all). The answers stand in the order of the list. @throws what the first that fails throws
 */
export async function eachOnce<Item, Answer>(
  items: readonly Item[],
  clients: readonly ((item: Item) => Promise<Answer>)[],
  pause: () => Promise<void> = async () => undefined,
): Promise<readonly Timed<Answer>[]> {
  const left = items.entries();
  const timed: Timed<Answer>[] = [];
  const work = async (client: (item: Item) => Promise<Answer>): Promise<void> => {
    for (const [index, item] of left) {
      const startedAt = performance.now();
      const answer = await client(item);
      timed[index] = { ms: performance.now() - startedAt, answer };
      await pause();
    }
  };
  await Promise.all(clients.map(work));
  return timed;
}

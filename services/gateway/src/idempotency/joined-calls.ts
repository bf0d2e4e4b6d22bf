/**
 * Calls that join one another: while a call with an id is under way, later ones with the same id start nothing and end as
 * it does, also when that is by throwing.
 */
export function joinedCalls<Result>(): (
  id: string,
  work: () => Promise<Result>,
) => Promise<{ readonly result: Result; readonly isFirst: boolean }> {
  const underWay = new Map<string, Promise<Result>>();
  return async (id, work) => {
    const before = underWay.get(id);
    if (before !== undefined) return { result: await before, isFirst: false };
    const started = work();
    underWay.set(id, started);
    try {
      return { result: await started, isFirst: true };
    } finally {
      underWay.delete(id);
    }
  };
}

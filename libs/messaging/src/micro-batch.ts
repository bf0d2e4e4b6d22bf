/** Gathers what is asked for at the same moment into one request of up to ten, as SQS and SNS take them. */
export interface MicroBatchOptions<T> {
  /** At most this many in one request. */
  readonly maxItems: number;
  /** At most this many bytes in one request. */
  readonly maxBytes: number;
  readonly bytesOf: (item: T) => number;
  /** Requests under way at once; what comes meanwhile makes the next batch larger. */
  readonly maxInFlight: number;
  /** Sends one batch; answers for each item, in order, whether it was taken. */
  readonly flush: (items: readonly T[]) => Promise<readonly (Error | undefined)[]>;
}

/** A function that resolves when its item was taken and rejects when it, or its whole batch, was not. */
export function microBatch<T>(options: MicroBatchOptions<T>): (item: T) => Promise<void> {
  type Waiting = { readonly item: T; readonly bytes: number; resolve(): void; reject(error: unknown): void };
  const waiting: Waiting[] = [];
  let inFlight = 0;
  let scheduled = false;

  const nextBatch = (): Waiting[] => {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (batch.length === options.maxItems || (batch.length > 0 && bytes + next.bytes > options.maxBytes)) break;
      bytes += next.bytes;
      batch.push(next);
      waiting.shift();
    }
    return batch;
  };
  const sendOne = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const failures = await options.flush(batch.map((entry) => entry.item));
      for (const [index, entry] of batch.entries()) {
        const failure = failures[index];
        if (failure === undefined) entry.resolve();
        else entry.reject(failure);
      }
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      inFlight -= 1;
      pump();
    }
  };
  const pump = (): void => {
    while (waiting.length > 0 && inFlight < options.maxInFlight) {
      inFlight += 1;
      void sendOne(nextBatch());
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, bytes: options.bytesOf(item), resolve, reject });
      if (scheduled) return;
      scheduled = true;
      // After the current turn of the event loop, so that what belongs together travels together.
      setImmediate(() => {
        scheduled = false;
        pump();
      });
    });
}

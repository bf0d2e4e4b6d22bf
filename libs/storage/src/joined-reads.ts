/**
 * Lets those who ask for one thing at once share a read. Whoever asks while one is under way joins the one after it, so that
 * every read begins after it was asked for: as consistent as one's own, and at most two for however many ask.
 */
export function joinedReads<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const flights = new Map<string, { readonly over: Promise<void>; next: Promise<T> | undefined }>();
  const start = (key: string): Promise<T> => {
    const reading = read(key);
    const over = reading.then(
      () => {},
      () => {},
    );
    const flight = { over, next: undefined };
    flights.set(key, flight);
    void over.then(() => {
      if (flights.get(key) === flight && flight.next === undefined) flights.delete(key);
    });
    return reading;
  };
  return (key) => {
    const flight = flights.get(key);
    if (flight === undefined) return start(key);
    flight.next ??= flight.over.then(() => start(key));
    return flight.next;
  };
}

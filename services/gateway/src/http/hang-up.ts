import type { Response } from "express";

/** Aborted once nobody reads the answer any more. */
export function hangUpOf(response: Response): AbortSignal {
  const hangUp = new AbortController();
  response.on("close", () => hangUp.abort());
  if (response.closed) hangUp.abort();
  return hangUp.signal;
}

import type { Clock } from "@lanyard/messaging";
import type { Request, Response } from "express";

const KEEP_ALIVE_MS = 15_000;

/** Server-sent events (WHATWG HTML 9.2): every event has a name, and the same name as `type` in its JSON data. */
export interface EventStream {
  send(type: string, data: Record<string, unknown>): void;
  end(): void;
}

/** Whether a client would rather have events than JSON. */
export const prefersEventStream = (request: Request): boolean =>
  request.accepts(["application/json", "text/event-stream"]) === "text/event-stream";

/** Turns the response into a stream; comments keep proxies from closing it. */
export function eventStream(response: Response, clock: Pick<Clock, "sleep">): EventStream {
  response
    .status(200)
    .set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
  response.flushHeaders();
  const over = new AbortController();
  response.on("close", () => over.abort());
  void keepAlive(response, clock, over.signal);
  return {
    send: (type, data) => void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`),
    end() {
      // Not only on close: that waits for a client that reads, and to write after the end is an error.
      over.abort();
      response.end();
    },
  };
}

async function keepAlive(response: Response, clock: Pick<Clock, "sleep">, over: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(KEEP_ALIVE_MS, over);
    if (over.aborted) return;
    response.write(": still here\n\n");
  }
}

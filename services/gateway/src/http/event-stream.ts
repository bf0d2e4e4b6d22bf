import type { Response } from "express";

const KEEP_ALIVE_MS = 15_000;

/** Server-sent events (WHATWG HTML 9.2): every event has a name, and the same name as `type` in its JSON data. */
export interface EventStream {
  send(type: string, data: Record<string, unknown>): void;
  end(): void;
}

/** Turns the response into a stream; comments keep proxies from closing it. */
export function eventStream(response: Response): EventStream {
  response
    .status(200)
    .set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
  response.flushHeaders();
  const keepAlive = setInterval(() => response.write(": still here\n\n"), KEEP_ALIVE_MS);
  response.on("close", () => clearInterval(keepAlive));
  return {
    send: (type, data) => void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`),
    end: () => void response.end(),
  };
}

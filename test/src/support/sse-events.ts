import type { IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";

export interface SseEvent {
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a stream, as a foreign parser reads them; every one has JSON data. */
export function sseEvents(text: string): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => void events.push({ event, data: JSON.parse(data) as SseEvent["data"] }),
    onError(error) {
      throw error;
    },
  });
  parser.feed(text);
  return events;
}

/** Collects what a stream sends, from now on. */
export function collected(response: IncomingMessage): () => string {
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

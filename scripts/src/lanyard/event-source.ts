import { createParser, type EventSourceMessage } from "eventsource-parser";

/** One server-sent event: its name, and its data as JSON. */
export interface SentEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * The events of an open answer as they come; it ends when the answer does. `heard` is called for whatever comes, comments
 * too.
 */
export async function* sentEvents(response: Response, heard: () => void): AsyncGenerator<SentEvent> {
  const complete: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (each) => void complete.push(each) });
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard();
    parser.feed(chunk);
    for (const { event = "message", data } of complete.splice(0)) yield { event, data: jsonOf(data) };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

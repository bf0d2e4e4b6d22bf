import { describe, expect, it } from "@jest/globals";
import { type SentEvent, sentEvents } from "./event-source.ts";

async function eventsIn(chunks: readonly Uint8Array[]) {
  const events: SentEvent[] = [];
  let heard = 0;
  const body = new ReadableStream({
    start(stream) {
      for (const chunk of chunks) stream.enqueue(chunk);
      stream.close();
    },
  });
  for await (const each of sentEvents(new Response(body), () => (heard += 1))) events.push(each);
  return { events, heard };
}

describe("the events of a stream", () => {
  const text =
    ': still here\n\nevent: receipt\ndata: {"why":"größer"}\n\ndata: none\n\nevent: done\ndata: {}\n\nevent: half';
  const events = [
    { event: "receipt", data: { why: "größer" } },
    { event: "message", data: undefined },
    { event: "done", data: {} },
  ];

  it("come once each, however the stream is cut into pieces", async () => {
    const bytes = Buffer.from(text);

    for (const size of [1, 2, 7, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        Uint8Array.from(bytes.subarray(n * size, (n + 1) * size)),
      );
      expect((await eventsIn(chunks)).events).toEqual(events);
    }
  });

  it("are none in a stream that is only kept open, which is heard all the same", async () => {
    const comment = Buffer.from(": still here\n\n");

    expect(await eventsIn([comment, comment])).toEqual({ events: [], heard: 2 });
  });
});

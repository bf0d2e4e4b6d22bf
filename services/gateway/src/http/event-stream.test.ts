import { afterEach, describe, expect, it } from "@jest/globals";
import { type Clock, realClock } from "@lanyard/messaging";
import { eventually, virtualClock } from "@lanyard/messaging/testing";
import express, { type Response } from "express";
import { type Served, serve } from "../testing/serve.ts";
import { type EventStream, eventStream } from "./event-stream.ts";

let served: Served;
afterEach(() => served.stop());

/** A stream with somebody at the other end. */
async function open(clock: Pick<Clock, "sleep">) {
  let opened: { stream: EventStream; response: Response } | undefined;
  const app = express();
  app.use((_request, response) => {
    opened = { stream: eventStream(response, clock), response };
  });
  served = await serve(app);
  const abort = new AbortController();
  const answer = await fetch(served.url, { signal: abort.signal });
  const { stream, response } = await eventually("the stream is open", () => opened);
  return { stream, response, answer, hangUp: () => abort.abort() };
}

describe("a stream of events", () => {
  it("is open before anything happens, and is kept from caches and buffers", async () => {
    const { answer, stream } = await open(realClock);
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    stream.end();

    expect(await answer.text()).toBe("");
  });

  it("names each event twice, and keeps it on one line whatever it says", async () => {
    const { answer, stream } = await open(realClock);
    stream.send("progress", { step: "a\nb\r\n\nevent: problem", position: 1 });
    stream.end();

    expect(await answer.text()).toBe(
      'event: progress\ndata: {"type":"progress","step":"a\\nb\\r\\n\\nevent: problem","position":1}\n\n',
    );
  });

  it("sends a comment every fifteen seconds while it lasts", async () => {
    const clock = virtualClock();
    const { answer, stream } = await open(clock);
    await clock.advance(14_999);
    stream.send("a", {});
    await clock.advance(1);
    await clock.advance(15_000);
    stream.end();
    await clock.advance(60_000);

    expect(await answer.text()).toBe('event: a\ndata: {"type":"a"}\n\n: still here\n\n: still here\n\n');
  });

  it("writes nothing after its end, although its client does not read", async () => {
    const clock = virtualClock();
    const { response, stream, answer } = await open(clock);
    const errors: unknown[] = [];
    response.on("error", (error) => errors.push(error));
    // More than the sockets hold, so that the response cannot close.
    stream.send("large", { filler: "x".repeat(16 * 1024 * 1024) });
    stream.end();
    await clock.advance(60_000);

    expect([response.closed, errors]).toEqual([false, []]);
    await answer.body?.cancel();
  });

  it("is over when its client hangs up", async () => {
    const clock = virtualClock();
    const { response, stream, hangUp } = await open(clock);
    const errors: unknown[] = [];
    response.on("error", (error) => errors.push(error));
    hangUp();
    await eventually("the response is closed", () => response.closed);
    stream.send("late", {});
    stream.end();
    await clock.advance(60_000);

    expect(errors).toEqual([]);
  });
});

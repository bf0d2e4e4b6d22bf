import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import express, { type ErrorRequestHandler } from "express";
import { serve } from "../testing/serve.ts";
import { findSecurityEvents } from "./find-security-events.ts";
import type { SecurityEvents } from "./security-events.ts";

const event = (index: number) => ({
  eventId: `event ${index}`,
  type: "session.opened",
  at: "2026-11-21T12:00:00.000Z",
  outcome: "succeeded" as const,
  operationId: "op",
  data: { filler: "x".repeat(1000) },
  traceId: "trace",
  typeAndDay: "session.opened 2026-11-21",
});

/** Opens an export of a listing that `find` answers. */
async function exporting(find: SecurityEvents["find"], failed: (error: unknown) => void = () => undefined) {
  const app = express();
  app.get("/", findSecurityEvents({ securityEvents: { find } }));
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    failed(error);
    response.destroy();
  };
  app.use(onError);
  const served = await serve(app);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(served.url, { headers: { accept: "application/x-ndjson" }, agent: false }, resolve).on("error", reject);
  });
  return { response, stop: served.stop };
}

describe("an export that has no end", () => {
  it("reads no further than its reader, and no more once the reader has gone", async () => {
    let pages = 0;
    const failures: unknown[] = [];
    const find: SecurityEvents["find"] = async (_, { limit }) => {
      pages += 1;
      return { events: Array.from({ length: limit }, (_, index) => event(index)), cursor: "more" };
    };
    const { response, stop } = await exporting(find, (error) => failures.push(error));
    try {
      await once(response, "readable");
      // Nobody reads: what is between the two fills up, and then it stands still.
      let before = -1;
      await eventually("it stands still", async () => {
        const now = pages;
        const still = now === before;
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return still && now === pages;
      });
      expect(pages).toBeLessThan(200);

      const goesOn = pages;
      response.on("data", () => undefined);
      await eventually("it goes on", () => pages > goesOn + 5);

      response.destroy();
      await eventually("it has ended", async () => {
        const now = pages;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return now === pages;
      });
      expect(failures).toEqual([]);
    } finally {
      await stop();
    }
  });
});

describe("an export whose table fails on the way", () => {
  it("breaks off, so that nobody takes it for the whole", async () => {
    const failures: unknown[] = [];
    let pages = 0;
    const find: SecurityEvents["find"] = async () => {
      pages += 1;
      if (pages > 1) throw new Error("down");
      return { events: [event(1)], cursor: "more" };
    };
    const { response, stop } = await exporting(find, (error) => failures.push(error));
    try {
      const read = (async () => {
        for await (const _ of response);
      })();
      await expect(read).rejects.toThrow("aborted");
      expect(failures).toEqual([new Error("down")]);
    } finally {
      await stop();
    }
  });
});

import { afterEach, describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { problemDetails } from "@lanyard/contracts";
import express from "express";
import { recordingLog } from "../testing/recording-log.ts";
import { type Served, serve } from "../testing/serve.ts";
import { errorHandler } from "./error-handler.ts";
import { ProblemError, type ProblemExtra } from "./problem.ts";

let served: Served;
afterEach(() => served.stop());

/** What a client is told when a step throws this. */
async function answerTo(thrown: unknown) {
  const { log, lines } = recordingLog();
  const app = express();
  app.use((_request, response) => {
    response.locals["requestId"] = "r1";
    throw thrown;
  });
  app.use(errorHandler(log));
  served = await serve(app);
  const response = await fetch(served.url);
  const text = await response.text();
  return { response, text, lines, body: problemDetails.parse(JSON.parse(text)) };
}

describe("what a step throws", () => {
  it("is the answer when it is a problem", async () => {
    const { response, body, lines } = await answerTo(new ProblemError("session_revoked", { reason: "operator" }));

    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(body).toEqual({
      type: "urn:lanyard:problem:session_revoked",
      title: "The session was ended.",
      status: 403,
      code: "session_revoked",
      instance: "urn:lanyard:request:r1",
      reason: "operator",
    });
    expect(lines).toEqual([]);
  });

  it("cannot change what a problem is", async () => {
    const extra = { status: 200, title: "x", type: "x", code: "x" } as unknown as ProblemExtra;
    const { body } = await answerTo(new ProblemError("not_found", extra));

    expect(body).toMatchObject({ status: 404, code: "not_found", instance: "urn:lanyard:request:r1" });
    expect(Object.values(body)).not.toContain("x");
  });

  it("asks for another try when a dependency is down", async () => {
    const { response, body, lines } = await answerTo(new DependencyUnavailable("sqs", new Error("secret-word")));

    expect([response.status, body.code, response.headers.get("retry-after")]).toEqual([
      503,
      "service_unavailable",
      "2",
    ]);
    expect(lines).toMatchObject([{ level: "warn", fields: { requestId: "r1", dependency: "sqs" } }]);
  });

  it.each([
    [{ type: "entity.parse.failed", status: 400 }, 400, "malformed_json"],
    [{ type: "entity.too.large", status: 413 }, 413, "body_too_large"],
    [{ type: "encoding.unsupported", status: 415 }, 415, "unsupported_media_type"],
    [{ type: "charset.unsupported", status: 415 }, 415, "unsupported_media_type"],
    [{ type: "request.aborted", status: 400 }, 400, "validation_failed"],
    [new URIError("malformed"), 404, "not_found"],
  ])("is known when express throws it: %p", async (thrown, status, code) => {
    const { response, body } = await answerTo(thrown);

    expect([response.status, body.code]).toEqual([status, code]);
  });

  it.each([[new Error("secret-word")], ["secret-word"], [{ status: 503 }], [{ status: "400" }]])(
    "is one fixed error of ours else, and is logged: %p",
    async (thrown) => {
      const { response, body, text, lines } = await answerTo(thrown);

      expect([response.status, body.code]).toEqual([500, "internal_error"]);
      expect(text).not.toContain("secret-word");
      expect(lines).toMatchObject([{ level: "error", fields: { requestId: "r1" } }]);
    },
  );

  it("breaks off an answer that had begun, and is logged", async () => {
    const { log, lines } = recordingLog();
    const app = express();
    app.use((_request, response) => {
      response.write("begun");
      throw new Error("late");
    });
    app.use(errorHandler(log));
    served = await serve(app);

    await expect(fetch(served.url).then((response) => response.text())).rejects.toThrow();
    expect(lines).toMatchObject([{ level: "error", message: "a request failed after its answer had begun" }]);
  });
});

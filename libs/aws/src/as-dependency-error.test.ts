import { ConditionalCheckFailedException, ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import { KMSThrottlingException } from "@aws-sdk/client-sns";
import { KmsThrottled, QueueDoesNotExist } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "@jest/globals";
import { asDependencyError, guard } from "./as-dependency-error.ts";
import { DependencyUnavailable } from "./dependency-unavailable.ts";

const error = (name: string, fields: object = {}, cause?: unknown): Error =>
  Object.assign(new Error(name, { cause }), { name }, fields);

const answered = (name: string, httpStatusCode: number, fields: object = {}): Error =>
  error(name, {
    $fault: httpStatusCode >= 500 ? "server" : "client",
    $response: {},
    $metadata: { httpStatusCode },
    ...fields,
  });

const badRequest = { message: "no", $metadata: { httpStatusCode: 400 } };

const curable: ReadonlyArray<readonly [string, unknown]> = [
  ["a refused connection", error("Error", { code: "ECONNREFUSED" })],
  ["a refused connection on every address", Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })],
  ["a reset connection, which the SDK calls a timeout", error("TimeoutError", { code: "ECONNRESET" })],
  ["a broken pipe", error("Error", { code: "EPIPE" })],
  ["a connect timeout of the operating system", error("Error", { code: "ETIMEDOUT" })],
  ["a name that does not resolve", error("Error", { code: "ENOTFOUND" })],
  ["a resolver that does not answer", error("Error", { code: "EAI_AGAIN" })],
  ["a socket that hung up", new Error("socket hang up")],
  ["an error of another realm", new Error("AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:1")],
  ["a timeout of the SDK", error("TimeoutError")],
  ["an abort by a deadline", error("AbortError", {}, new DOMException("late", "TimeoutError"))],
  ["a network failure three causes deep", error("A", {}, error("B", {}, error("C", { code: "ECONNRESET" })))],
  ["a 500", answered("InternalServerError", 500)],
  ["a 503 without a known name", answered("Unknown", 503)],
  ["a fault of the server in an answer without status", error("InternalFailure", { $fault: "server" })],
  ["a throttled call", answered("ThrottlingException", 400)],
  ["a table over its throughput", answered("ProvisionedThroughputExceededException", 400)],
  ["an account over its rate", answered("RequestLimitExceeded", 400)],
  ["too many requests by name", answered("TooManyRequestsException", 400)],
  ["too many requests by status", answered("Whatever", 429)],
  ["too many messages in flight", answered("OverLimit", 403)],
  ["throttling by the key service, in SQS", new KmsThrottled(badRequest)],
  ["throttling by the key service, in SNS", new KMSThrottlingException(badRequest)],
  ["throttling by the service's own trait", answered("Busy", 400, { $retryable: { throttling: true } })],
  ["an answer that is not JSON", Object.assign(new SyntaxError("Unexpected token '<'"), { $response: {} })],
  ["an error answer without an error code", answered("Unknown", 404)],
  ["credentials that cannot be fetched", error("CredentialsProviderError")],
  ["credentials that ran out", answered("ExpiredTokenException", 400)],
];

const lasting: ReadonlyArray<readonly [string, unknown]> = [
  ["a failed condition", new ConditionalCheckFailedException(badRequest)],
  ["a missing table", new ResourceNotFoundException(badRequest)],
  ["a missing queue", new QueueDoesNotExist(badRequest)],
  ["a refused request", answered("ValidationException", 400)],
  ["denied access", answered("AccessDeniedException", 400)],
  ["an abort by the caller", error("AbortError", {}, new Error("shutting down"))],
  ["an abort without a reason", error("AbortError")],
  ["a fault of this program", new TypeError("x is not a function")],
  ["an unparsable text that no service sent", new SyntaxError("Unexpected token")],
  ["a file that is not there", error("Error", { code: "ENOENT" })],
  ["a fault of another realm", new Error("AWS SDK error wrapper for TypeError: x is not a function")],
  ["a thrown string", "ECONNREFUSED"],
  ["nothing", undefined],
  ["null", null],
];

describe("an error that a later try may cure", () => {
  it.each(curable)("is an unavailable dependency: %s", (_, cause) => {
    const classified = asDependencyError("sqs", cause);
    expect(classified).toBeInstanceOf(DependencyUnavailable);
    expect(classified).toMatchObject({ name: "DependencyUnavailable", dependency: "sqs", cause });
  });

  it("is classified once", () => {
    const once = new DependencyUnavailable("dynamodb", error("TimeoutError"));
    expect(asDependencyError("sqs", once)).toBe(once);
  });

  it("is named without the words of its cause", () => {
    const cause = Object.assign(new Error("connect to secret.internal"), { code: "ECONNREFUSED" });
    expect(new DependencyUnavailable("sns", cause).message).toBe("sns is unavailable (Error, ECONNREFUSED)");
    expect(new DependencyUnavailable("sns", error("TimeoutError")).message).toBe("sns is unavailable (TimeoutError)");
    expect(new DependencyUnavailable("sns", "what").message).toBe("sns is unavailable (unknown)");
  });
});

describe("an error that no later try cures", () => {
  it.each(lasting)("passes through: %s", (_, cause) => {
    expect(asDependencyError("dynamodb", cause)).toBe(cause);
  });

  it("ends the search in a ring of causes", () => {
    const ring = error("Ring");
    ring.cause = ring;
    expect(asDependencyError("dynamodb", ring)).toBe(ring);
  });
});

describe("guard", () => {
  it("returns what the work returns", async () => {
    expect(await guard("sns", async () => 42)).toBe(42);
  });

  it("throws classified what the work throws, also before its first await", async () => {
    const refused = error("Error", { code: "ECONNREFUSED" });
    await expect(guard("sns", () => Promise.reject(refused))).rejects.toMatchObject({
      dependency: "sns",
      cause: refused,
    });
    const broken = new TypeError("broken");
    await expect(
      guard("sns", () => {
        throw broken;
      }),
    ).rejects.toBe(broken);
  });
});

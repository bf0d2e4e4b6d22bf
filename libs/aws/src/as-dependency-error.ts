import { type Dependency, DependencyUnavailable } from "./dependency-unavailable.ts";

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);

/**
 * The SDK puts a plain Error around what is no Error of its own realm, and the code is lost. Sockets throw such ones
 * wherever the SDK runs in a vm context, as it does under test runners: there the words are all there is.
 */
const WRAPPED_NETWORK_FAILURE = new RegExp(
  `^AWS SDK error wrapper for .*(?:${[...NETWORK_CODES].join("|")}|socket hang up|aborted)`,
);

const TIMEOUT_NAMES = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException"]);

/** Throttling whose name does not say so; `OverLimit` is SQS with too many messages in flight. */
const THROTTLING_NAMES = new Set([
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "OverLimit",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "SlowDown",
  "TooManyRequests",
  "TooManyRequestsException",
]);

/** Credentials are fetched over the network and rotate: without them nothing is wrong with the message in hand. */
const CREDENTIAL_NAMES = new Set(["CredentialsProviderError", "ExpiredToken", "ExpiredTokenException"]);

/** What the SDK calls an error answer in which it found no error code: no service of AWS writes such a thing. */
const UNREADABLE_NAMES = new Set(["Unknown", "UnknownError"]);

const MAX_CAUSES = 10;

interface ErrorShape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly $fault?: unknown;
  readonly $response?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Says `DependencyUnavailable` for an error that a later try may cure, and returns every other error as it came:
 * failed conditions, missing tables (`ResourceNotFoundException`) and queues (`QueueDoesNotExist`), denied access.
 */
export const asDependencyError = (dependency: Dependency, error: unknown): unknown => {
  if (error instanceof DependencyUnavailable) return error;
  return mayBeCured(error, 0) ? new DependencyUnavailable(dependency, error) : error;
};

/** Runs `work` and throws what it throws, classified by `asDependencyError`. */
export const guard = async <Result>(dependency: Dependency, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw asDependencyError(dependency, error);
  }
};

const mayBeCured = (error: unknown, depth: number): boolean => {
  if (typeof error !== "object" || error === null || depth > MAX_CAUSES) return false;
  const shape: ErrorShape = error;
  // An abort is the caller's own wish (a shutdown) unless a deadline was the reason.
  if (shape.name === "AbortError") return mayBeCured(shape.cause, depth + 1);
  return (
    isNetworkFailure(shape) ||
    isServiceFailure(shape) ||
    isThrottling(shape) ||
    isUnreadableAnswer(shape) ||
    isNamed(CREDENTIAL_NAMES, shape) ||
    mayBeCured(shape.cause, depth + 1)
  );
};

const isNetworkFailure = (error: ErrorShape): boolean =>
  isNamed(TIMEOUT_NAMES, error) ||
  (typeof error.code === "string" && NETWORK_CODES.has(error.code)) ||
  (typeof error.message === "string" &&
    (error.message === "socket hang up" || WRAPPED_NETWORK_FAILURE.test(error.message)));

const isServiceFailure = (error: ErrorShape): boolean =>
  error.$fault === "server" || (error.$metadata?.httpStatusCode ?? 0) >= 500;

/** `$retryable` is the service's own word, in its model, that the same request can succeed later. */
const isThrottling = (error: ErrorShape): boolean =>
  isNamed(THROTTLING_NAMES, error) ||
  (typeof error.name === "string" && /throttl/i.test(error.name)) ||
  error.$metadata?.httpStatusCode === 429 ||
  error.$retryable != null;

/** The SDK hangs `$response` on every error out of an answer, and `$fault` on those it could read. */
const isUnreadableAnswer = (error: ErrorShape): boolean =>
  error.$response != null && (error.$fault === undefined || isNamed(UNREADABLE_NAMES, error));

const isNamed = (names: ReadonlySet<string>, error: ErrorShape): boolean =>
  typeof error.name === "string" && names.has(error.name);

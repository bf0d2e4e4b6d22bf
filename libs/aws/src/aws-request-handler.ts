import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";

/** The same header names the SDK looks for: `x-amzn-requestid`, `x-amz-request-id`. */
const REQUEST_ID_HEADER = /^x-[\w-]+-request-?id$/i;

type Handle = NodeHttpHandler["handle"];

/**
 * Refuses a successful answer without a request id: AWS always sends one, a proxy or a half-started emulator does not.
 * The SDK reads an empty 200 as "done", so a write that reached nobody would count as won.
 */
export class AwsRequestHandler extends NodeHttpHandler {
  readonly #onServerTime: ((serverTimeMs: number) => void) | undefined;

  constructor(onServerTime: ((serverTimeMs: number) => void) | undefined, options: NodeHttpHandlerOptions) {
    super(options);
    this.#onServerTime = onServerTime;
  }

  override async handle(...args: Parameters<Handle>): ReturnType<Handle> {
    const answer = await super.handle(...args);
    const { statusCode, headers, body } = answer.response;
    if (statusCode < 300 && !Object.keys(headers).some((name) => REQUEST_ID_HEADER.test(name))) {
      body?.destroy?.();
      throw new UnrecognizedAnswer();
    }
    const serverTimeMs = Date.parse(headers["date"] ?? "");
    if (!Number.isNaN(serverTimeMs)) this.#onServerTime?.(serverTimeMs);
    return answer;
  }
}

/** Marked retryable, so that the SDK tries again and `asDependencyError` knows it. */
class UnrecognizedAnswer extends Error {
  override readonly name = "UnrecognizedAnswer";
  readonly $retryable = { throttling: false };

  constructor() {
    super("the endpoint answered without a request id: what listens there is not the service");
  }
}

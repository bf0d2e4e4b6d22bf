import { Unexpected } from "./unexpected.ts";

/** One request: `path` is a whole one, from the base URL on. */
export interface Asked {
  method: "GET" | "POST";
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is, as JSON. */
  body?: string;
}

/** What came back, read to its end. */
export interface Answer {
  /** `GET /readyz`, for messages. */
  request: string;
  status: number;
  headers: Headers;
  /** Without parameters, in lower case; empty when there is none. */
  mediaType: string;
  text: string;
}

/** The deployment under test. */
export interface Deployment {
  /** @throws Unexpected when there is no whole answer in time. */
  ask(asked: Asked): Promise<Answer>;
}

/** A deployment that takes requests until `signal` is aborted. */
export function deploymentAt(baseUrl: string, signal: () => AbortSignal): Deployment {
  return {
    async ask({ method, path, headers = {}, body }) {
      const request = `${method} ${path}`;
      const contentType: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
      try {
        const response = await fetch(`${baseUrl}${path}`, {
          method,
          headers: { ...contentType, ...headers },
          ...(body === undefined ? {} : { body }),
          redirect: "manual",
          signal: signal(),
        });
        const mediaType = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
        return { request, status: response.status, headers: response.headers, mediaType, text: await response.text() };
      } catch (error) {
        throw new Unexpected(`${request} to be answered`, reasonOf(error));
      }
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no whole answer in the time a step has (--timeout-seconds)";
  // fetch says "fetch failed", and why in its cause.
  const { cause } = error;
  if (cause instanceof Error) return `no answer: ${"code" in cause ? String(cause.code) : cause.message}`;
  return `no answer: ${error.message}`;
}

import { type IncomingMessage, request } from "node:http";
import type { HttpResponse } from "@lanyard/contracts/testing";

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; for JSON set `json` in its place. */
  readonly body?: string | Uint8Array;
  readonly json?: unknown;
}

export interface HttpAnswer extends HttpResponse {
  readonly text: string;
}

/** Sends a request byte for byte as told, and gives the response as soon as its head is there. */
export function openCall(
  baseUrl: string,
  method: string,
  path: string,
  options: CallOptions,
): Promise<IncomingMessage> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const headers = {
    ...(options.json === undefined ? {} : { "content-type": "application/json" }),
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    // No agent: a connection of its own, so that hanging up ends it.
    request({ hostname, port, path, method, headers, agent: false }, resolve).on("error", reject).end(body);
  });
}

/** A response to its end; a JSON body is parsed. */
export async function answerOf(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = /^application\/(?:[\w-]+\+)?json\b/.test(response.headers["content-type"] ?? "") && text !== "";
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string>,
    body: isJson ? (JSON.parse(text) as unknown) : text,
    text,
  };
}

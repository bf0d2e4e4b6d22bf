/** One request, whole. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  /** Header lines of its own. */
  readonly headers?: readonly string[];
  /** JSON. */
  readonly body?: string;
}

/** A request as it goes to 127.0.0.1 (RFC 9112). */
export function requestText(port: number, { method, path, headers = [], body }: HttpRequest): string {
  const about = [
    ...(body === undefined ? [] : ["Content-Type: application/json"]),
    ...(method === "POST" ? [`Content-Length: ${Buffer.byteLength(body ?? "")}`] : []),
  ];
  const head = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Accept: application/json"];
  return `${[...head, ...about, ...headers].join("\r\n")}\r\n\r\n${body ?? ""}`;
}

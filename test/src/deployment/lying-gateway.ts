import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request on its way to the gateway, to be changed. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** An answer on its way back, to be changed. */
export interface Answered {
  status: number;
  mediaType: string;
  text: string;
}

export interface Lie {
  ask?: (asked: Asked) => void;
  answer?: (answered: Answered, asked: Asked) => void;
}

export interface LyingGateway {
  baseUrl: string;
  stop(): Promise<void>;
}

/** Stands before the gateway at `behind`, and changes what goes through it. */
export async function lyingGateway(behind: string, lie: Lie): Promise<LyingGateway> {
  const server = createServer((request, response) => {
    const { "content-length": _length, connection: _connection, host: _host, ...given } = request.headers;
    const headers = new Headers(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const asked: Asked = { method: request.method ?? "GET", path: request.url ?? "/", headers };
    passOn(behind, asked, lie, request).then(
      ({ status, others, mediaType, text: body }) =>
        response.writeHead(status, { ...others, "content-type": mediaType }).end(body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function passOn(behind: string, asked: Asked, lie: Lie, request: NodeJS.ReadableStream) {
  const body = await text(request);
  lie.ask?.(asked);
  const { method, path, headers } = asked;
  const response = await fetch(`${behind}${path}`, { method, headers, ...(body === "" ? {} : { body }) });
  const mediaType = response.headers.get("content-type") ?? "";
  const answered: Answered = { status: response.status, mediaType, text: await response.text() };
  lie.answer?.(answered, asked);
  const kept = ["cache-control", "location", "www-authenticate", "x-operation-id", "x-request-id"];
  const others = Object.fromEntries([...response.headers].filter(([name]) => kept.includes(name)));
  return { ...answered, others };
}

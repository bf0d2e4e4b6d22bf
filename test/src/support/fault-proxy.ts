import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/**
 * What a dependency does to its clients. `down`: ends every connection. `slow`: answers 3 s later. `hung`: accepts and says
 * nothing, as a process that is frozen. `throttled`: refuses in the service's own words. `web page`: 200 with HTML, as a
 * proxy in between. `broken`: 500 with bytes that mean nothing.
 */
export type Fault = "none" | "down" | "slow" | "hung" | "throttled" | "web page" | "broken";

/** What a server says to one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FaultProxy {
  /** To be given to clients in place of the target. */
  readonly endpoint: string;
  /** Requests, and connections refused, that met the fault since it stands. */
  readonly met: number;
  /** From now on. What `slow` and `hung` held back goes its way when they end, whether or not its client still waits. */
  inject(fault: Fault): void;
  close(): Promise<void>;
}

const SLOW_MS = 3000;
const PAGE = "<!doctype html><title>Welcome</title><p>Nothing to see here.";

/** Stands on a free port before `target`; `refusals` are what it answers, in turn, while throttled. */
export async function startFaultProxy(target: string, refusals: readonly Answer[]): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let fault: Fault = "none";
  let met = 0;
  let lifted = Promise.withResolvers<void>();

  const forwarded = (from: IncomingMessage, body: Buffer): Promise<Answer | undefined> =>
    new Promise((resolve) => {
      const { method, url: path, headers } = from;
      const onward = request({ hostname, port, method, path, headers, agent }, (answer) => {
        bodyOf(answer).then(
          (received) => resolve(answerFrom(answer, received)),
          () => resolve(undefined),
        );
      });
      onward.on("error", () => resolve(undefined)).end(body);
    });

  const serve = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const body = await bodyOf(from);
    if (fault !== "none") met++;
    if (fault === "hung") await lifted.promise;
    if (fault === "down") return void from.socket.destroy();
    if (fault === "throttled") return write(to, refusals[met % refusals.length]);
    if (fault === "web page") return write(to, { status: 200, headers: { "content-type": "text/html" }, body: PAGE });
    if (fault === "broken") return write(to, { status: 500, headers: {}, body: "\u0000\u0001}{<<" });
    const answer = await forwarded(from, body);
    // An answer that was under way when the fault began is held back as well.
    if (holdsBack(fault)) await Promise.race([lifted.promise, ...(fault === "slow" ? [elapsed(SLOW_MS)] : [])]);
    write(to, answer);
  };

  const server = createServer((from, to) => {
    serve(from, to).catch(() => to.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    if (fault !== "down") return;
    met++;
    socket.destroy();
  });
  await listening(server);
  const { port: ownPort } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${ownPort}`,
    get met() {
      return met;
    },
    inject(next) {
      fault = next;
      met = 0;
      lifted.resolve();
      lifted = Promise.withResolvers();
      if (next === "down") for (const socket of sockets) socket.destroy();
    },
    async close() {
      lifted.resolve();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const holdsBack = (fault: Fault): boolean => fault === "slow" || fault === "hung";

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answerFrom(answer: IncomingMessage, body: Buffer): Answer {
  const { "transfer-encoding": _chunked, connection: _connection, ...headers } = answer.headers;
  return { status: answer.statusCode ?? 502, headers: headers as Record<string, string>, body: body.toString() };
}

/** Without an answer the connection ends, as it did between here and the target. */
function write(to: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) return void to.destroy();
  const { status, headers, body } = answer;
  to.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) }).end(body);
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });

/** Does not keep the process. */
const elapsed = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

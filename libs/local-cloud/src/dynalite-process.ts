/** DynamoDB in a process of its own, on 127.0.0.1 only. */
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { join } from "node:path";
import { runEmulator } from "./run-emulator.ts";

// Requests take milliseconds; dynalite takes away the listeners by which Node would see that a connection is idle.
const closeConnectionsAfterMs = 200;

await runEmulator(async ({ dir, port }) => {
  const { default: dynalite } = await import("dynalite");
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(dir === undefined ? {} : { path: join(dir, "level") }),
  });
  surviveAbortedRequests(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { close: () => closeServer(server) };
});

// dynalite throws on a request's "error", so one client that dies in mid-request would take all tables down with it.
// Its own request listener has run when this one does.
function surviveAbortedRequests(server: Server): void {
  server.on("request", (request: IncomingMessage) => {
    request.removeAllListeners("error");
    request.on("error", () => undefined);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(() => server.closeAllConnections(), closeConnectionsAfterMs).unref();
    server.close((error) => (error ? reject(error) : resolve()));
  });
}

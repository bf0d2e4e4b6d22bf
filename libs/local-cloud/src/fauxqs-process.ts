/** SQS and SNS in a process of their own, on 127.0.0.1 only. */
import { Server } from "node:net";
import { runEmulator } from "./run-emulator.ts";

await runEmulator(async ({ dir, port }) => {
  listenOnLoopbackOnly();
  const { startFauxqs } = await import("fauxqs");
  const server = await startFauxqs({ port, logger: false, ...(dir === undefined ? {} : { dataDir: dir }) });
  return { close: () => server.stop() };
});

// startFauxqs listens on 0.0.0.0 and takes no other host; queues of a development machine are nobody else's business.
function listenOnLoopbackOnly(): void {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]): Server {
    const [first, ...rest] = args;
    if (typeof first !== "object" || first === null || !("port" in first)) {
      throw new Error("an embedded queue process listens with { port } only");
    }
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  } as typeof Server.prototype.listen;
}

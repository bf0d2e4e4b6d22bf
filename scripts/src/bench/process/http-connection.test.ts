import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { HttpConnection } from "./http-connection.ts";

let server: Server;
let connection: HttpConnection;

/** A connection to a peer that does `answer` with whatever it is sent. */
async function connectTo(answer: (socket: Socket) => void): Promise<void> {
  server = createServer((socket) => socket.on("data", () => answer(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  connection = new HttpConnection(typeof address === "object" ? (address?.port ?? 0) : 0);
}

afterEach(() => {
  connection.close();
  server.close();
});

const head = (status: number, length: number) => `HTTP/1.1 ${status} Any\r\nContent-Length: ${length}\r\n\r\n`;

describe("a connection", () => {
  it("gives the answer once the whole of it is there, in however many parts it comes", async () => {
    let whole = false;
    await connectTo((socket) => {
      socket.write(head(201, 4).slice(0, 20));
      setImmediate(() => {
        socket.write(`${head(201, 4).slice(20)}ab`);
        setTimeout(() => {
          whole = true;
          socket.write("cd");
        }, 20);
      });
    });
    expect(await connection.send("GET / HTTP/1.1\r\n\r\n")).toEqual({ status: 201, body: "abcd" });
    expect(whole).toBe(true);
  });

  it("serves one request after the other, and never two at once", async () => {
    await connectTo((socket) => void socket.write(head(200, 0)));
    const first = connection.send("a");
    expect(() => connection.send("b")).toThrow("one request at a time");
    expect([await first, await connection.send("c")]).toEqual([
      { status: 200, body: "" },
      { status: 200, body: "" },
    ]);
  });

  it("stands before anything is sent, or never does", async () => {
    await connectTo(() => undefined);
    await expect(connection.connected).resolves.toBeUndefined();
    const { port } = server.address() as AddressInfo;
    await new Promise<void>((resolve) => {
      connection.close();
      server.close(() => resolve());
    });
    connection = new HttpConnection(port);
    await expect(connection.connected).rejects.toThrow("ECONNREFUSED");
  });

  it("fails when it is closed before the answer, or cannot tell where it ends", async () => {
    await connectTo((socket) => socket.destroy());
    await expect(connection.send("a")).rejects.toThrow(/closed|ECONNRESET/);
    server.close();
    await connectTo((socket) => void socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    await expect(connection.send("a")).rejects.toThrow("without length");
  });
});

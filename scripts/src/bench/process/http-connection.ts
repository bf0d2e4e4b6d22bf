import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  /** A character for each byte: what is more than ASCII is not decoded. */
  readonly body: string;
}

/**
 * One keep-alive connection to 127.0.0.1 with one request on it at a time. It understands no more of an answer than its status
 * and its length: a real HTTP client would need more of the machine than what it measures.
 */
export class HttpConnection {
  /** Resolves when the connection stands; whoever does not wait for it waits with the first request. */
  readonly connected: Promise<void>;
  readonly #socket: Socket;
  #received = "";
  #waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.connected = new Promise((resolve, reject) => {
      this.#socket.once("connect", resolve);
      this.#socket.once("error", reject);
    });
    // Who has sent a request is told by it.
    this.connected.catch(() => undefined);
    this.#socket.on("data", (text: unknown) => this.#onText(String(text)));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** The whole answer; rejects when the connection ends before it. */
  send(request: string): Promise<HttpAnswer> {
    if (this.#waiting !== undefined) throw new Error("one request at a time");
    if (this.#socket.destroyed) return Promise.reject(new Error("the connection was closed"));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onText(text: string): void {
    this.#received = this.#received === "" ? text : this.#received + text;
    const headEnds = this.#received.indexOf("\r\n\r\n");
    if (headEnds < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1];
    const status = Number(this.#received.slice(9, 12));
    if (length === undefined && status !== 204) return this.#fail(new Error(`an answer without length: ${status}`));
    if (this.#received.length < headEnds + 4 + Number(length ?? 0)) return;
    const body = this.#received.slice(headEnds + 4);
    this.#received = "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

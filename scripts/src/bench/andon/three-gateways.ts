import { setTimeout } from "node:timers/promises";
import { andonSchemas, httpSchemas, type RevocationScope, routes } from "@lanyard/contracts";
import { HttpConnection } from "../process/http-connection.ts";
import { type HttpRequest, requestText } from "../process/request-text.ts";

/** Between two looks at one gateway: this much, at most, is the measurement's own. */
const lookAgainMs = 1;
/** No pull takes longer, and no benchmark waits for ever. */
const longestMs = 10_000;

export interface Visitor {
  readonly userId: string;
  readonly accessToken: string;
}

export interface Pulled {
  readonly revocationId: string;
  /** From the 202 until the last gateway refused. */
  readonly untilAllRefuseMs: number;
}

/** Clients of several gateways of one deployment, a connection to each. */
export class ThreeGateways {
  readonly #connections: readonly { readonly port: number; readonly connection: HttpConnection }[];
  readonly #opsKey: string;

  constructor(baseUrls: readonly string[], opsKey: string) {
    this.#opsKey = opsKey;
    this.#connections = baseUrls.map((baseUrl) => {
      const port = Number(new URL(baseUrl).port);
      return { port, connection: new HttpConnection(port) };
    });
  }

  async visitor(): Promise<Visitor> {
    const body = await this.#ask(0, { method: "POST", path: routes.createAnonymousSession.path }, 201);
    const { user, tokens } = httpSchemas.authResult.parse(JSON.parse(body));
    return { userId: user.id, accessToken: tokens.accessToken };
  }

  /** Pulls, and looks at every gateway until it refuses `visitor`, whom each must have let in before. */
  async pull(scope: RevocationScope, visitor: Visitor): Promise<Pulled> {
    const gateways = this.#connections.map((_, index) => index);
    await Promise.all(gateways.map((index) => this.#untilStatus(index, visitor, 200)));
    const body = JSON.stringify({ scope, reason: "benchmark" });
    const headers = [`Authorization: Bearer ${this.#opsKey}`];
    const answer = await this.#ask(0, { method: "POST", path: routes.revokeSessions.path, headers, body }, 202);
    const startedAt = performance.now();
    await Promise.all(gateways.map((index) => this.#untilStatus(index, visitor, 403)));
    const { revocationId } = JSON.parse(answer) as { readonly revocationId: string };
    return { revocationId, untilAllRefuseMs: performance.now() - startedAt };
  }

  /** The receipt, when its sweep is done; `progress` is told of each look before. */
  async swept(revocationId: string, progress: (swept: number) => void): Promise<Receipt> {
    const path = routes.readRevocation.path.replace("{revocationId}", revocationId);
    for (;;) {
      const headers = [`Authorization: Bearer ${this.#opsKey}`];
      const receipt = andonSchemas.revocationReceipt.parse(
        JSON.parse(await this.#ask(1, { method: "GET", path, headers }, 200)),
      );
      if (receipt.state === "done") return receipt;
      progress(receipt.swept);
      await setTimeout(1000);
    }
  }

  close(): void {
    for (const { connection } of this.#connections) connection.close();
  }

  async #untilStatus(index: number, { accessToken }: Visitor, expected: number): Promise<void> {
    const until = performance.now() + longestMs;
    const { port, connection } = this.#at(index);
    const headers = [`Authorization: Bearer ${accessToken}`];
    const request = requestText(port, { method: "GET", path: routes.readSession.path, headers });
    while (performance.now() < until) {
      const { status } = await connection.send(request);
      if (status === expected) return;
      if (status !== 200 && status !== 403) throw new Error(`gateway ${index} answered ${status}`);
      await setTimeout(lookAgainMs);
    }
    throw new Error(`gateway ${index} did not answer ${expected} within ${longestMs} ms`);
  }

  async #ask(index: number, request: HttpRequest, expected: number): Promise<string> {
    const { port, connection } = this.#at(index);
    const { status, body } = await connection.send(requestText(port, request));
    if (status !== expected) throw new Error(`${request.method} ${request.path} answered ${status}: ${body}`);
    return body;
  }

  #at(index: number) {
    const found = this.#connections[index];
    if (found === undefined) throw new RangeError(`there is no gateway ${index}`);
    return found;
  }
}

type Receipt = ReturnType<typeof andonSchemas.revocationReceipt.parse>;

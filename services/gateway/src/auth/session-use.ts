import { flows } from "@lanyard/contracts";
import { type Log, newOperationId } from "@lanyard/messaging";
import type { Derivation } from "@lanyard/secrets";
import type { RequestContext } from "../http/request-context.ts";
import type { Dispatcher } from "../operations/dispatcher.ts";
import { callerOf, type Identity } from "./authenticate.ts";

export interface SessionUseOptions {
  readonly dispatcher: Pick<Dispatcher, "send">;
  readonly derivation: Derivation;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Log;
  /** Sessions to remember; beyond that the one told longest ago is forgotten. Default 100,000. */
  readonly mostRemembered?: number;
  /** Tellings under way at once; beyond that a use is left to the next. Default 1000. */
  readonly mostUnderWay?: number;
}

const MINUTE_MS = 60_000;

/**
 * Tells the session worker, in the background, that sessions were used, so that their expiry slides. Each at most once a
 * minute; not at all while its credential says that it slid less than a minute ago. What lives for less than ten
 * minutes is told every tenth of its life. No request waits for this or fails by it.
 */
export class SessionUse {
  readonly #options: SessionUseOptions;
  /** When each session was told of last, milliseconds since the epoch; in that order. */
  readonly #told = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: SessionUseOptions) {
    this.#options = options;
  }

  /** Sessions that are remembered. */
  get size(): number {
    return this.#told.size;
  }

  /** Takes a request that its caller was let in with. */
  note(identity: Identity, request: Pick<RequestContext, "receivedAt" | "client" | "traceparent">): void {
    const { sessionId } = identity;
    const { receivedAt } = request;
    const { slidAt, livesMs } = lifeOf(identity);
    const everyMs = Math.min(MINUTE_MS, livesMs / 10);
    if (receivedAt - slidAt < everyMs) return;
    const toldAt = this.#told.get(sessionId);
    // Also told of later than now, by a clock that was set back since: then it is time again once that is a minute off.
    if (toldAt !== undefined && Math.abs(receivedAt - toldAt) < everyMs) return;
    if (this.#stopped || this.#underWay.size >= (this.#options.mostUnderWay ?? 1000)) return;
    this.#remember(sessionId, receivedAt);
    const telling = this.#tell(identity, request).finally(() => this.#underWay.delete(telling));
    this.#underWay.add(telling);
  }

  /** Tells of nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#underWay);
  }

  async #tell(identity: Identity, request: Parameters<SessionUse["note"]>[1]): Promise<void> {
    const { dispatcher, derivation, randomBytes, log } = this.#options;
    const { userId, sessionId } = identity;
    const { receivedAt, client, traceparent } = request;
    try {
      const caller = callerOf(identity);
      const operationId = newOperationId(derivation, caller, receivedAt, randomBytes(10));
      const input = { userId, sessionId };
      await dispatcher.send({ operationId, flow: flows.touchSession, input, caller, client, receivedAt, traceparent });
    } catch (error) {
      // The next use may try again.
      if (this.#told.get(sessionId) === receivedAt) this.#told.delete(sessionId);
      log.debug({ err: error }, "the use of a session could not be told");
    }
  }

  #remember(sessionId: string, at: number): void {
    this.#told.delete(sessionId);
    this.#told.set(sessionId, at);
    for (const [oldest, toldAt] of this.#told) {
      const isOver = at - toldAt >= MINUTE_MS;
      if (!isOver && this.#told.size <= (this.#options.mostRemembered ?? 100_000)) return;
      this.#told.delete(oldest);
    }
  }
}

/** When the expiry slid last, as far as the credential tells, and how long either lived from then. In milliseconds. */
function lifeOf(identity: Identity): { readonly slidAt: number; readonly livesMs: number } {
  switch (identity.by) {
    case "token": {
      // Issued on sign-in and on refresh, which slide; it ends with its session if that ends first.
      const { iat, exp } = identity.claims;
      return { slidAt: iat * 1000, livesMs: (exp - iat) * 1000 };
    }
    case "visitor": {
      const { openedAt, lastSeenAt = openedAt, expiresAt } = identity.session;
      const slidAt = Date.parse(lastSeenAt);
      return { slidAt, livesMs: Date.parse(expiresAt) - slidAt };
    }
  }
}

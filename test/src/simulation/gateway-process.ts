import { DependencyUnavailable } from "@lanyard/aws";
import {
  type Caller,
  type Client,
  type Flow,
  flows,
  type JsonObject,
  type ProblemCode,
  type RecordedOutcome,
  type RevocationReason,
  sessionItem,
} from "@lanyard/contracts";
import {
  type Bindings,
  bindings,
  boundOperation,
  dispatcher,
  inboxEventTypes,
  inboxMessages,
  isGone,
  isPending,
  type Joins,
  joinedMerge,
  mergeReads,
  openResult,
  ProblemError,
  RevocationView,
  SessionChecks,
} from "@lanyard/gateway-service";
import { envelopes, newOperationId, outcomes, settle, silentLog } from "@lanyard/messaging";
import type { AccessTokenClaims } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { skewedClock } from "./scheduler.ts";
import type { Process, World } from "./world.ts";

/** What a client hears. */
export type Answer =
  | {
      readonly kind: "done";
      readonly operationId: string;
      readonly body: Record<string, unknown>;
      readonly recorded: RecordedOutcome;
    }
  | {
      readonly kind: "problem";
      readonly operationId: string | undefined;
      readonly code: ProblemCode;
      /** With a wrong code. */
      readonly attemptsLeft?: number;
    }
  /** The queue has it; nobody waits for more. */
  | { readonly kind: "accepted"; readonly operationId: string }
  | { readonly kind: "pending"; readonly operationId: string }
  /** The gateway was not there, or died before it answered. */
  | { readonly kind: "silence" };

/** Whether a request was let in. */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly why: RevocationReason | "expired" | "nobody-can-tell" };

export interface Ask {
  readonly flow: Flow;
  readonly input: JsonObject;
  readonly caller: Caller;
  readonly key: string | undefined;
  /** Where it comes from; default: from the machine itself. */
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The device that it comes from, as its token says. */
  readonly device?: Client["device"];
}

const DEADLINE_MS = 10_000;
const TOLERANCE_SECONDS = 5;
/** What is accepted before any worker has looked at it. */
const answeredAtOnce: ReadonlySet<Flow> = new Set<Flow>([
  flows.requestChallenge,
  flows.registerPassword,
  flows.requestPasswordReset,
]);
/** Less often than the real thing, for speed; what must hold allows for it. */
const READ_EVERY_MS = 2_500;

const NOBODY_CAN_TELL: Admission = { kind: "refused", why: "nobody-can-tell" };

/** A gateway without its HTTP: the same dispatcher, bindings, revocation view and inbox, on simulated ports. */
export class GatewayProcess {
  readonly process: Process;
  readonly inbox: string;
  readonly view: RevocationView;
  readonly #checks: SessionChecks;
  readonly #world: World;
  readonly #index: number;
  readonly #epoch: number;
  readonly #desk;
  readonly #bindings: Bindings;
  readonly #outcomes;
  readonly #joins: Joins;
  readonly #brokerNow: () => number;
  #ready = false;
  #followUntil: number;
  #following = false;

  constructor(world: World, index: number, epoch = 1, followUntil = 0) {
    this.#world = world;
    this.#index = index;
    this.#epoch = epoch;
    this.#followUntil = followUntil;
    const process = world.process(`gateway-${index}`);
    this.process = process;
    this.inbox = `inbox-${index}-${epoch}`;
    const clock = skewedClock(world.time, process.skewMs);
    const lagMs = world.random.between(0, 1000);
    this.#brokerNow = () => world.time.now() - lagMs;
    const operations = world.table(process, "operations");
    this.#outcomes = outcomes(operations);
    this.#bindings = bindings(operations, world.derivation);
    this.#desk = dispatcher({
      transport: world.transport(process),
      outcomes: this.#outcomes,
      envelopes: envelopes(world.derivation),
      derivation: world.derivation,
      sealing: world.sealing,
      clock,
      log: silentLog,
      inbox: () => this.inbox,
    });
    const merges = mergeReads(world.table(process, "merge"));
    this.#joins = joinedMerge({ merges, outcomes: this.#outcomes, clock, log: silentLog });
    const items = world.table(process, "session");
    const sessionTable = world.mutant?.gatewayTable?.(items) ?? items;
    this.view = new RevocationView({ sessionTable, clock, log: silentLog });
    const sessions = typedItems(sessionTable, sessionItem);
    const session = async (userId: string, sessionId: string) => (await sessions.load(userId, sessionId))?.value;
    this.#checks = new SessionChecks({ view: this.view, projections: { session } });
    void this.#boot();
  }

  replacement(): GatewayProcess {
    return new GatewayProcess(this.#world, this.#index, this.#epoch + 1, this.#followUntil);
  }

  followUntil(at: number): void {
    this.#followUntil = Math.max(this.#followUntil, at);
    if (!this.#following && this.#ready) void this.#follow();
  }

  /** Takes one message of the inbox. */
  deliver(): void {
    if (!this.process.dead) void this.#takeOne();
  }

  /** Runs a flow as a command route does. */
  async ask(ask: Ask): Promise<Answer> {
    const { process } = this;
    if (!this.#ready || process.dead) return { kind: "silence" };
    const died = process.died.then((): Answer => ({ kind: "silence" }));
    return Promise.race([this.#run(ask), died]);
  }

  /** Whether a request with this access token would be let in. */
  async admits(claims: AccessTokenClaims): Promise<Admission> {
    const { process } = this;
    const now = (this.#world.time.now() + process.skewMs) / 1000;
    if (now >= claims.exp + TOLERANCE_SECONDS) return { kind: "refused", why: "expired" };
    if (!this.#ready || process.dead) return NOBODY_CAN_TELL;
    const died = process.died.then(() => NOBODY_CAN_TELL);
    return Promise.race([this.#check(claims), died]);
  }

  async #check(claims: AccessTokenClaims): Promise<Admission> {
    try {
      const check = await this.#checks.check(claims);
      if (check.kind === "none") return { kind: "admitted" };
      return check.kind === "stale" ? NOBODY_CAN_TELL : { kind: "refused", why: check.reason };
    } catch (error) {
      if (error instanceof DependencyUnavailable) return NOBODY_CAN_TELL;
      throw error;
    }
  }

  async #run({ flow, input, caller, key, ip = "127.0.0.1", userAgent, device }: Ask): Promise<Answer> {
    const world = this.#world;
    const receivedAt = this.#brokerNow();
    const client = { ip, ...(userAgent !== undefined && { userAgent }), ...(device !== undefined && { device }) };
    let operationId = newOperationId(world.derivation, caller, receivedAt, world.random.bytes(10));
    try {
      const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
      const fresh = { operationId, receivedAt, client, traceparent };
      const request = [flow.name, JSON.stringify(input)];
      const bound =
        key === undefined
          ? { ...fresh, ended: undefined }
          : await boundOperation(
              { bindings: this.#bindings, outcomes: this.#outcomes },
              { ...fresh, key, caller, request },
            );
      const { ended, ...operation } = bound;
      operationId = bound.operationId;
      if (flow.recorded === false) {
        await this.#desk.send({ ...operation, flow, input, caller });
        return { kind: "accepted", operationId };
      }
      if (answeredAtOnce.has(flow)) {
        if (ended === undefined) {
          await (await this.#desk.submit({ ...operation, flow, input, caller })).outcomeWithin(0);
        }
        return { kind: "accepted", operationId };
      }
      if (ended !== undefined) return await this.#answer(flow, ended);
      const accepted = await this.#desk.submit({ ...operation, flow, input, caller });
      const recorded = await accepted.outcomeWithin(DEADLINE_MS);
      return recorded === undefined ? { kind: "pending", operationId } : await this.#answer(flow, recorded);
    } catch (error) {
      if (error instanceof ProblemError) return { kind: "problem", operationId, code: error.code };
      if (error instanceof DependencyUnavailable) return { kind: "problem", operationId, code: "service_unavailable" };
      throw error;
    }
  }

  async #answer(flow: Flow, recorded: RecordedOutcome): Promise<Answer> {
    const { operationId } = recorded;
    const until = this.#world.time.now() + this.process.skewMs + DEADLINE_MS;
    const joined = await this.#joins(recorded, { until });
    if (isPending(joined)) return { kind: "pending", operationId };
    const { outcome } = joined;
    if (outcome.state === "failed") {
      const { code, attemptsLeft } = outcome.problem as { code: ProblemCode; attemptsLeft?: number };
      return { kind: "problem", operationId, code, ...(attemptsLeft !== undefined && { attemptsLeft }) };
    }
    // Whoever is told of a pull finds it in force here.
    if (flow === flows.revokeInBulk) await this.view.pulls.catchUp().catch(() => {});
    if (isGone(flow, recorded, this.#world.time.now())) return { kind: "problem", operationId, code: "outcome_gone" };
    return {
      kind: "done",
      operationId,
      recorded,
      body: await openResult(this.#world.sealing, flow, operationId, outcome),
    };
  }

  /** Subscribe, read, ready. */
  async #boot(): Promise<void> {
    const { broker } = this.#world;
    await broker.createQueue(this.inbox, { retentionSeconds: 300, visibilitySeconds: 30 });
    await broker.subscribe("events", this.inbox, inboxEventTypes);
    while (!this.process.dead && !this.#ready) {
      try {
        await this.view.catchUp();
        this.#ready = true;
      } catch {
        await this.#world.time.sleep(500);
      }
    }
    if (this.#ready) void this.#follow();
  }

  async #follow(): Promise<void> {
    const { time, random } = this.#world;
    this.#following = true;
    while (!this.process.dead && time.now() < this.#followUntil) {
      await this.view.catchUp().catch(() => {});
      // As a busy process does: sometimes two or three turns late, and the view still holds for five seconds.
      await time.sleep(random.between(READ_EVERY_MS, 3 * READ_EVERY_MS));
    }
    this.#following = false;
  }

  async #takeOne(): Promise<void> {
    const world = this.#world;
    const transport = world.transport(this.process);
    try {
      const [message] = await transport.receive(this.inbox, { max: 1, waitSeconds: 0, visibilitySeconds: 30 });
      if (message === undefined) return;
      const disposition = await inboxMessages(
        { commands: this.#desk, revocations: this.view, envelopes: envelopes(world.derivation) },
        message,
      );
      if (disposition.kind === "hold") return;
      await settle(message, disposition, {
        queue: this.inbox,
        deadLetterQueue: null,
        transport,
        clock: skewedClock(world.time, 0),
        log: silentLog,
      });
    } catch {
      world.time.after(1000, () => this.deliver());
    }
  }
}

import { hash } from "node:crypto";
import { type Dependency, DependencyUnavailable } from "@lanyard/aws";
import { ANDON_CORD, deadLetterQueueOf, queues, tables, type WorkerName } from "@lanyard/contracts";
import { type MemoryTransport, memoryTransport, type OutgoingMessage, type Transport } from "@lanyard/messaging";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { type ItemKey, type ItemStore, type JsonObject, memoryItemStore } from "@lanyard/storage";
import type { EmailCodes } from "@lanyard/token-service";
import { type DataKinds, kindsOf } from "@lanyard/user-data";
import { cheapHashing } from "../support/cheap-hashing.ts";
import { followersOf, takeIn } from "./deliveries.ts";
import type { AcceptedMail } from "./mail-server.ts";
import type { Mutant } from "./mutant.ts";
import type { SweepRun } from "./noted-runs.ts";
import { type Random, seededRandom } from "./random.ts";
import { type Scheduler, scheduler, skewedClock } from "./scheduler.ts";
import { rememberingDerivation, simulatedSealing, simulatedSigning } from "./stand-ins.ts";

/** How likely each thing goes wrong at each external call, or at each message. */
export interface Weather {
  readonly crash: number;
  readonly throttled: number;
  readonly appliedThenTimedOut: number;
  readonly slow: number;
  readonly duplicate: number;
  readonly late: number;
  readonly maxSkewMs: number;
  /** How long a call of a table takes at most, when it is not slow: the longer, the more others come in between. */
  readonly tableMs: number;
}

/** One message as it was given to a queue. */
export interface Sent {
  readonly at: number;
  readonly queue: string;
  readonly message: OutgoingMessage;
  /** Who sent it. */
  readonly process: string;
}

/** One write that was applied, as an auditor sees it. */
export interface Write {
  readonly at: number;
  readonly table: string;
  readonly key: ItemKey;
  readonly value: JsonObject;
  readonly writtenBy: string;
}

export interface Process {
  readonly name: string;
  dead: boolean;
  readonly skewMs: number;
  /** Resolves when it is stopped dead. */
  readonly died: Promise<void>;
}

const DAY_MS = 86_400_000;
/** Few enough that a run of many seeds stays short. */
const AUDITED_RUNS = 0.25;
const HOUR_MS = 3_600_000;
const MAIL_OUTAGES = 0.2;
const START_MS = Date.UTC(2026, 0, 1);
const KEYS = parseKeyring(`k1:${Buffer.alloc(32, 7).toString("base64url")}`);
const DERIVATION = derivation(KEYS);
/** One run of so many. */
const MERGING = 5;
const SECURING = 7;
/** One kind by each rule, and few enough of each that limits are met. */
const KINDS = [3, 5, 100].map((maxItems) =>
  kindsOf({
    chart: { conflict: "keep-both", maxItems },
    alert: { conflict: "keep-newest", maxItems },
    preference: { conflict: "keep-account", maxItems },
  }),
);
const simulated = new Error("simulated");

/** Without a stack: it would cost more than the call that is said to have failed. */
function unavailable(dependency: Dependency): DependencyUnavailable {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new DependencyUnavailable(dependency, simulated);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One each time: what waits for it holds a whole world, and must go with it. */
const never = (): Promise<never> => new Promise(() => {});

/** Everything that outlives processes: queues, tables, time, chance, and what an auditor may see. */
export class World {
  readonly random: Random;
  readonly time: Scheduler = scheduler(START_MS);
  readonly derivation = rememberingDerivation(DERIVATION);
  readonly sealing = simulatedSealing();
  readonly signing = simulatedSigning(this.derivation);
  readonly hashing = cheapHashing(this.derivation);
  readonly broker: MemoryTransport;
  readonly stores = new Map(tables.map((name) => [String(name), memoryItemStore()]));
  readonly writes: Write[] = [];
  /** Every message ever sent to a worker. */
  readonly sent: Sent[] = [];
  /** Operations with a message, and events, that a queue showed when their time was over. */
  readonly overdue = new Set<string>();
  /** Every step of a sweep that was carried out, also in part. */
  readonly sweepRuns: SweepRun[] = [];
  /** When each operation that opens a session was first carried out by the session worker. */
  readonly openingSince = new Map<string, number>();
  /** How many sessions of an account may be live. */
  readonly sessionLimit: number;
  /** Whether visitors become parts of accounts: so it is in these runs alone, and no other one knows of it. */
  readonly isMerging: boolean;
  /** Whether people's accounts have passwords and second factors, and are mailed what happens to them. */
  readonly isSecuring: boolean;
  /** What users may own. */
  readonly kinds: DataKinds;
  /** Whether somebody keeps every event. */
  readonly isAudited: boolean;
  /** When the log of events was last sealed as far as was due; undefined: never. */
  sealedAt: number | undefined;
  /** How many items a table reads at most for one page of a scan, however many are asked for. */
  readonly scanned: number;
  /** Every mail that the mail server has accepted. */
  readonly mails: AcceptedMail[] = [];
  /** When the mail server takes no mail, from whomever. */
  readonly mailServerAway: { readonly from: number; readonly until: number } | undefined;
  /** Every code that was issued, by challenge; and every time that one was compared. */
  readonly issued = new Map<string, Set<string>>();
  readonly comparisons: { readonly at: number; readonly challengeId: string; readonly email: string; code: string }[] =
    [];
  /** When a process was stopped, or a call of it failed. */
  readonly troubles: { readonly at: number; readonly process: string }[] = [];
  readonly weather: Weather;
  readonly mutant: Mutant | undefined;
  /** Called when a queue may have something to deliver. */
  onMessage: (queue: string) => void = () => {};
  onCrash: (process: Process) => void = () => {};
  /** When all clients have gone: from here on nothing goes wrong any more. */
  calm = false;
  crashes = 0;
  #attempts = 0;
  readonly #trace: string[] = [];

  constructor(seed: number, mutant?: Mutant) {
    this.random = seededRandom(seed);
    this.mutant = mutant;
    const bad = this.random.pick([0, 0.3, 1, 1, 2.5]);
    this.weather = {
      crash: 0.012 * bad,
      throttled: 0.015 * bad,
      appliedThenTimedOut: 0.02 * bad,
      slow: 0.006 * bad,
      duplicate: 0.06 * bad,
      late: 0.01 * bad,
      maxSkewMs: bad === 0 ? 0 : 180_000,
      tableMs: this.random.pick([8, 8, 80]),
    };
    this.sessionLimit = this.random.pick([1, 2, 2, 3]);
    this.isMerging = seed % MERGING === 0;
    this.isSecuring = !this.isMerging && seed % SECURING === 0;
    this.kinds = KINDS[seed % KINDS.length] as DataKinds;
    this.isAudited = this.random.chance(AUDITED_RUNS);
    this.scanned = this.random.pick([4, 8, 100]);
    this.mailServerAway = this.isSecuring ? this.#outage() : undefined;
    const clock = skewedClock(this.time, 0);
    this.broker = memoryTransport({
      clock,
      queues: queues.flatMap((name) => [name, deadLetterQueueOf(name)]),
      topics: ["events", ANDON_CORD],
      subscriptions: [{ topic: ANDON_CORD, queue: ANDON_CORD }],
    });
  }

  /** Whether nothing goes wrong in this run: what is left are races. */
  get isFair(): boolean {
    return this.weather.crash === 0;
  }

  trace(line: string): void {
    this.#trace.push(`${this.time.now()} ${line}\n`);
  }

  traceHash(): string {
    return hash("sha256", this.#trace.join(""), "hex");
  }

  process(name: string): Process {
    const { maxSkewMs } = this.weather;
    const skewMs = maxSkewMs === 0 ? 0 : this.random.between(-maxSkewMs, maxSkewMs);
    const process = { name, dead: false, skewMs, died: Promise.resolve() };
    process.died = new Promise((resolve) => {
      this.#deaths.set(process, resolve);
    });
    return process;
  }

  crash(process: Process): void {
    if (process.dead) return;
    process.dead = true;
    this.crashes += 1;
    this.troubles.push({ at: this.time.now(), process: process.name });
    this.trace(`crash ${process.name}`);
    this.#deaths.get(process)?.();
    this.onCrash(process);
  }

  /** One external call of a process: it takes time, and may go wrong in every way a network knows. */
  call<T>(process: Process, what: string, dependency: Dependency, run: () => Promise<T>): Promise<T> {
    if (process.dead) return never();
    const { random, weather, time } = this;
    const roll = this.calm ? 1 : random.next();
    const { crash, throttled, appliedThenTimedOut, slow, tableMs } = weather;
    const latency =
      random.between(1, dependency === "dynamodb" ? tableMs : 8) +
      (roll > 1 - slow && !this.calm ? random.between(1_000, 45_000) : 0);
    return new Promise((resolve, reject) => {
      const down = (): void => {
        this.troubles.push({ at: time.now(), process: process.name });
        reject(unavailable(dependency));
      };
      time.after(latency, () => {
        if (process.dead) return;
        this.trace(`${process.name} ${what}`);
        if (roll < crash / 2) return this.crash(process);
        if (roll < crash / 2 + throttled) return down();
        run().then((result) => {
          if (roll < crash + throttled) return this.crash(process);
          if (roll < crash + throttled + appliedThenTimedOut)
            return time.after(random.between(50, 5_000), () => !process.dead && down());
          resolve(result);
        }, reject);
      });
    });
  }

  table(process: Process, name: string): ItemStore {
    const store = this.stores.get(name);
    if (store === undefined) throw new Error(`no table ${name}`);
    const noting = this.#noting(name, this.mutant?.table?.(store, name, this) ?? store);
    const call = <T>(what: string, run: () => Promise<T>): Promise<T> =>
      this.call(process, `${what} ${name}`, "dynamodb", run);
    return {
      load: (key) => call("load", () => noting.load(key)),
      putIfAbsent: (key, value, options) => call("put", () => noting.putIfAbsent(key, value, options)),
      replace: (current, value, options) => call("replace", () => noting.replace(current, value, options)),
      remove: (current) => call("remove", () => noting.remove(current)),
      list: (pk, options) => call("list", () => noting.list(pk, options)),
      scan: (options) => {
        const limit = Math.min(options?.limit ?? this.scanned, this.scanned);
        return call("scan", () => noting.scan({ ...options, limit }));
      },
      listByIndex: (index, value, options) => call("index", () => noting.listByIndex(index, value, options)),
      probe: () => call("probe", () => noting.probe()),
    };
  }

  /** The same codes, with notes of what was issued and compared. */
  notingCodes(codes: EmailCodes): EmailCodes {
    return {
      issue: async (subject) => {
        const issued = await codes.issue(subject);
        const { challengeId } = subject;
        this.issued.set(challengeId, (this.issued.get(challengeId) ?? new Set()).add(issued.code ?? ""));
        return issued;
      },
      check: (challenge, code) => {
        const { challengeId, email } = challenge;
        this.comparisons.push({ at: this.time.now(), challengeId, email, code });
        return codes.check(challenge, code);
      },
    };
  }

  /** A name for each attempt at sending a mail. */
  readonly nextAttemptId = (): string => {
    this.#attempts += 1;
    return `attempt-${this.#attempts}`;
  };

  transport(process: Process): Transport {
    const { broker } = this;
    const call = <T>(what: string, run: () => Promise<T>): Promise<T> =>
      this.call(process, what, what.startsWith("publish") ? "sns" : "sqs", run);
    const transport: Transport = {
      ...broker,
      send: (queue, message) =>
        call(`send ${queue}`, () => {
          return takeIn(this, { at: this.time.now(), queue, message, process: process.name });
        }),
      publish: (topic, message) =>
        call("publish", async () => {
          await broker.publish(topic, message);
          for (const queue of followersOf(this, message))
            await takeIn(this, { at: this.time.now(), queue, message, process: process.name });
          this.onMessage("inboxes");
        }),
      receive: (queue, options) =>
        call(`receive ${queue}`, async () => {
          const received = await broker.receive(queue, options);
          if (received.length > 0) this.time.after(options.visibilitySeconds * 1000 + 1, () => this.onMessage(queue));
          return received;
        }),
      delete: (queue, handle) => call(`delete ${queue}`, () => broker.delete(queue, handle)),
      changeVisibility: (queue, handle, seconds) =>
        call(`visibility ${queue}`, async () => {
          await broker.changeVisibility(queue, handle, seconds);
          this.time.after(seconds * 1000, () => this.onMessage(queue));
        }),
    };
    return this.mutant?.transport?.(transport, this) ?? transport;
  }

  /** Puts down what was there before anybody came. */
  async give(table: string, key: ItemKey, value: JsonObject): Promise<void> {
    const writtenBy = `given ${key.pk} ${key.sk}`;
    await this.stores.get(table)?.putIfAbsent(key, value, { writtenBy });
    this.writes.push({ at: this.time.now(), table, key, value, writtenBy });
  }

  /** TTL as DynamoDB does it: some time after, if at all. */
  expire(): void {
    const upTo = Math.floor((this.time.now() - this.random.between(0, 2 * DAY_MS)) / 1000);
    for (const store of this.stores.values()) store.expireByTtl(upTo);
  }

  /** Operators send old messages once more, weeks later: their clock at the queue starts anew. */
  async redrive(count: number): Promise<void> {
    const old = this.sent.filter(({ queue }) => (queues as readonly string[]).includes(queue));
    if (old.length === 0) return;
    for (let copies = 0; copies < count; copies += 1) {
      const { queue, message } = this.random.pick(old);
      this.time.after(this.random.between(3 * DAY_MS, 40 * DAY_MS), () => {
        this.expire();
        void this.broker.send(queue, message).then(() => this.onMessage(queue));
      });
    }
  }

  /** Whether the operation that wrote about this user or session ended by its time being over. */
  isUnfinished(id: string): boolean {
    const operations = this.writes
      // What an operation has found it did not write.
      .filter(({ key }) => key.sk !== "found-account")
      .filter(({ key, value }) => key.pk.includes(id) || key.sk.includes(id) || value["userId"] === id)
      .map(({ writtenBy }) => `operation#${writtenBy.split("/")[0]}`);
    return this.writes.some(
      ({ key, value }) => operations.includes(key.pk) && JSON.stringify(value).includes("operation_expired"),
    );
  }

  /** The longest is longer than a link is good for, and longer than a message is tried that is of no use until a moment. */
  #outage(): World["mailServerAway"] {
    const { random } = this;
    if (!random.chance(MAIL_OUTAGES)) return undefined;
    const from = START_MS + random.between(0, HOUR_MS / 6);
    return { from, until: from + random.pick([HOUR_MS / 60, HOUR_MS / 12, HOUR_MS / 2, 3 * HOUR_MS, 3 * HOUR_MS]) };
  }

  #noting(table: string, store: ItemStore): ItemStore {
    const note = (key: ItemKey, value: JsonObject, writtenBy: string): void => {
      this.writes.push({ at: this.time.now(), table, key, value, writtenBy });
    };
    return {
      ...store,
      async putIfAbsent(key, value, options) {
        const outcome = await store.putIfAbsent(key, value, options);
        if (outcome.kind === "won") note(key, value, options.writtenBy);
        return outcome;
      },
      async replace(current, value, options) {
        const outcome = await store.replace(current, value, options);
        if (outcome.kind === "won") note(current.key, value, options.writtenBy);
        return outcome;
      },
    };
  }

  readonly #deaths = new Map<Process, () => void>();
}

export type { WorkerName };

import { type CommandMessage, command, type Flow, flow, sealed } from "@lanyard/contracts";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { z } from "zod";
import { envelopes } from "../envelope.ts";
import { flowRuntime } from "../flow-runtime.ts";
import type { Handler } from "../handler.ts";
import type { Log } from "../log.ts";
import { outcomes } from "../outcomes.ts";
import { memoryTransport } from "../transport.memory.ts";
import type { OutgoingMessage, ReceivedMessage } from "../transport.ts";
import { virtualClock } from "./virtual-clock.ts";

/** Two steps on two queues, with a secret that travels between them: what the runtime's own tests run. */
export const first = command({
  name: "identity.first",
  worker: "identity",
  summary: "",
  input: z.object({ who: z.string() }),
  output: z.object({ userId: z.string(), secret: sealed(z.string()) }),
  events: ["first.done"],
  problems: ["not_found"],
  endsWith: z.object({ early: z.string(), proof: sealed(z.string()) }),
});
export const second = command({
  name: "session.second",
  worker: "session",
  summary: "",
  input: z.object({ userId: z.string(), secret: z.string(), mode: z.literal("fast") }),
  output: z.object({ opened: z.boolean() }),
  events: [],
  problems: [],
});
export const testFlow = flow({ name: "test", version: 1, summary: "", input: z.object({ who: z.string() }) })
  .step(first)
  .step(second, { mode: "fast" })
  .answers(z.object({ userId: z.string(), secret: sealed(z.string()) }), ({ userId, secret }) => ({ userId, secret }));

const key = (fill: number): string => Buffer.alloc(32, fill).toString("base64url");

/** One runtime of everything over memory; `handle` takes a message through it. */
export function runtimeUnderTest(handlers: readonly Handler[], flows: readonly Flow[] = [testFlow]) {
  const keyring = parseKeyring(`k1:${key(1)}`);
  const clock = virtualClock();
  const transport = memoryTransport({ clock, queues: ["identity", "session", "inbox"], topics: ["events"] });
  const operations = memoryItemStore();
  const derived = derivation(keyring);
  const boxes = sealing(keyring);
  const writes = envelopes(derived);
  const recorded = outcomes(operations);
  const logged: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  const noted = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const log: Log = { debug: noted("debug"), info: noted("info"), warn: noted("warn"), error: noted("error") };
  const handle = flowRuntime({
    flows,
    handlers,
    transport,
    outcomes: recorded,
    envelopes: writes,
    derivation: derived,
    sealing: boxes,
    clock,
    log,
  });
  const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
  const start = (changes: Partial<CommandMessage> = {}): CommandMessage => ({
    kind: "command",
    type: "identity.first",
    operationId,
    flow: { name: "test", version: 1 },
    position: 0,
    input: { who: "me" },
    outputs: [],
    caller: { kind: "none" },
    client: { ip: "127.0.0.1" },
    receivedAt: new Date(clock.now()).toISOString(),
    notAfter: new Date(clock.now() + 86_400_000).toISOString(),
    replyTo: "inbox",
    progress: false,
    derivationKid: "k1",
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    ...changes,
  });
  const asReceived = (message: OutgoingMessage): ReceivedMessage => ({
    ...message,
    messageId: "m",
    receiptHandle: "r",
    receiveCount: 1,
    sentAt: clock.now(),
  });
  return {
    clock,
    transport,
    operations,
    outcomes: recorded,
    envelopes: writes,
    sealing: boxes,
    handle,
    start,
    asReceived,
    operationId,
    /** Everything that was logged, in order. */
    logged,
  };
}

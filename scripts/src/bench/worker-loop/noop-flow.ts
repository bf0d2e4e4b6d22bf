import { randomBytes } from "node:crypto";
import { command, flow } from "@lanyard/contracts";
import {
  done,
  envelopes,
  flowRuntime,
  handle,
  type Log,
  outcomes,
  realClock,
  type Transport,
} from "@lanyard/messaging";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { z } from "zod";

const nothing = command({
  name: "identity.nothing",
  worker: "identity",
  summary: "",
  input: z.object({ who: z.string() }),
  output: z.object({ answer: z.string() }),
  events: [],
  problems: [],
});
const noop = flow({ name: "noop", version: 1, summary: "", input: z.object({ who: z.string() }) })
  .step(nothing)
  .answers(z.object({ answer: z.string() }), ({ answer }) => ({ answer }));

/** A flow of one command that does nothing; outcomes stay in memory and nobody is told: what is left is the runtime. */
export function noopFlow(transport: Transport, log: Log) {
  const keys = parseKeyring(`bench:${randomBytes(32).toString("base64url")}`);
  const derived = derivation(keys);
  const writes = envelopes(derived);
  let made = 0;
  return {
    handle: flowRuntime({
      flows: [noop],
      handlers: [handle(nothing, async ({ input }) => done({ answer: input.who }))],
      transport,
      outcomes: outcomes(memoryItemStore()),
      envelopes: writes,
      derivation: derived,
      sealing: sealing(keys),
      clock: realClock,
      log,
    }),
    /** The next operation's first command, as a gateway would send it. */
    message() {
      const now = realClock.now();
      const stem = (made++).toString(16).padStart(32, "0");
      return writes.command({
        kind: "command",
        type: nothing.name,
        operationId: `op_${stem}${"A".repeat(22)}`,
        flow: { name: noop.name, version: noop.version },
        position: 0,
        input: { who: "me" },
        outputs: [],
        caller: { kind: "none" },
        client: { ip: "127.0.0.1" },
        receivedAt: new Date(now).toISOString(),
        notAfter: new Date(now + 3600_000).toISOString(),
        replyTo: null,
        progress: false,
        derivationKid: "bench",
        traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      });
    },
  };
}

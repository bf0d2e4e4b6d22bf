import { type ChallengeKind, type CommandMessage, commands, flows, type mailItem } from "@lanyard/contracts";
import { envelopes, flowRuntime, type Log, memoryTransport, outcomes, sealFields, Worker } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { type ItemValue, memoryItemStore } from "@lanyard/storage";
import { handlers } from "../handlers.ts";
import type { MailServer } from "../mail-server.ts";
import { mailStore } from "../mail-store.ts";

const MINUTE = 60_000;
const VISIBILITY_SECONDS = 30;
const keyring = parseKeyring(`k1:${Buffer.alloc(32, 5).toString("base64url")}`);

/** The secrets of every mail that is asked for here. */
export const code = "402913";
export const link = "https://lanyard.example.com/auth/continue#token=secret-of-the-link";

/** Notification workers over queues and tables in memory; time passes only when it is told to. */
export function workersUnderTest() {
  const clock = virtualClock();
  const transport = memoryTransport({
    clock,
    queues: ["notification", "notification-dlq", "inbox"],
    topics: ["events"],
  });
  const table = memoryItemStore();
  const operations = memoryItemStore();
  const derived = derivation(keyring);
  const sealed = sealing(keyring);
  const writes = envelopes(derived);
  const recorded = outcomes(operations);
  const logged: string[] = [];
  const noted =
    (level: string) =>
    (fields: object, message: string): void => {
      const { err } = fields as { err?: unknown };
      logged.push(`${level} ${JSON.stringify(fields)} ${err instanceof Error ? err.stack : ""} ${message}`);
    };
  const log: Log = { debug: noted("debug"), info: noted("info"), warn: noted("warn"), error: noted("error") };
  const running: Worker[] = [];
  let attempts = 0;
  let asked = 0;
  let again = async (): Promise<void> => undefined;

  return {
    clock,
    transport,
    logged,
    outcomeOf: (operationId: string) => recorded.read(operationId),
    /** Every mail's record. */
    records: () => table.dump().map(({ value }) => value as ItemValue<typeof mailItem>),
    dump: () => JSON.stringify([table.dump(), operations.dump()]),
    /** Everything that was ever published, with repeats. */
    events: () =>
      transport.published("events").map(({ body }) => JSON.parse(body) as { id: string; type: string; data: object }),
    start(server: MailServer): Worker {
      const worker = new Worker({
        queue: "notification",
        deadLetterQueue: "notification-dlq",
        transport,
        clock,
        log,
        probe: () => operations.probe(),
        visibilitySeconds: VISIBILITY_SECONDS,
        handle: flowRuntime({
          flows: flows.allFlows,
          handlers: handlers({
            mails: mailStore(table),
            server,
            from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
            newAttemptId: () => `attempt-${(attempts += 1)}`,
            brokerNow: clock.now,
          }),
          transport,
          outcomes: recorded,
          envelopes: writes,
          derivation: derived,
          sealing: sealed,
          clock,
          log,
        }),
      });
      worker.start();
      running.push(worker);
      return worker;
    },
    /** Asks for a mail as the token worker does; gives back its operation. */
    async ask(
      email: string,
      {
        copies = 1,
        linkMinutes = 60,
        codeMinutes = 10,
        secrets = true,
        challengeKind = "magic_link" as ChallengeKind,
      } = {},
    ): Promise<string> {
      asked += 1;
      const operationId = `op_${String(asked).padStart(32, "0")}${"A".repeat(22)}`;
      const at = (minutes: number): string => new Date(clock.now() + minutes * MINUTE).toISOString();
      const flow = flows.requestChallenge;
      const made = {
        challengeId: `ch_${String(asked).padStart(32, "0")}${"A".repeat(22)}`,
        codeExpiresAt: at(codeMinutes),
        ...(secrets && { code, link, linkExpiresAt: at(linkMinutes) }),
      };
      const step = flow.steps[0];
      if (step === undefined) throw new Error("the flow has no steps");
      const message: CommandMessage = {
        kind: "command",
        type: commands.notification.sendSignInMail.name,
        operationId,
        flow: { name: flow.name, version: flow.version },
        position: 1,
        input: { email, challengeKind, locale: "en" },
        outputs: [await sealFields(sealed, operationId, step.command.output, made)],
        caller: { kind: "none" },
        client: {
          ip: "203.0.113.7",
          userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        },
        receivedAt: at(0),
        notAfter: at(24 * 60),
        replyTo: "inbox",
        progress: false,
        derivationKid: "k1",
        traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      };
      again = () => transport.send("notification", writes.command(message));
      for (let copy = 0; copy < copies; copy += 1) await again();
      return operationId;
    },
    /** Brings the message of the last mail that was asked for once more. */
    bringAgain: () => again(),
    async stop(): Promise<void> {
      let over = false;
      const stopped = Promise.all(running.map((worker) => worker.stop(0))).finally(() => (over = true));
      while (!over) await clock.advance(1000);
      await stopped;
    },
  };
}

import { envelopes, eventConsumer, silentLog } from "@lanyard/messaging";
import { accountReader, type SecurityMailsDeps, sendSecurityMails } from "@lanyard/notification-service";
import type { Handle, WorkerPorts } from "./worker-process.ts";

/** How mails go out, whatever they say. */
export type Mailing = Pick<SecurityMailsDeps, "mails" | "server" | "from" | "newAttemptId" | "brokerNow" | "decide">;

/** The second loop of the notification worker: what it makes of an event that may be worth a mail. */
export function mailsOfEvents({ world, process, clock, table }: WorkerPorts, mailing: Mailing): Handle {
  const hear = sendSecurityMails({
    ...mailing,
    derivation: world.derivation,
    transport: world.transport(process),
    envelopes: envelopes(world.derivation),
    ...accountReader(table("identity")),
    notMeUrl: "https://lanyard.example.com/auth/not-me",
    undoEmailUrl: "https://lanyard.example.com/auth/undo-email-change",
  });
  return eventConsumer({
    envelopes: envelopes(world.derivation),
    hear: world.mutant?.securityMails?.(hear, world) ?? hear,
    clock,
    log: silentLog,
  });
}

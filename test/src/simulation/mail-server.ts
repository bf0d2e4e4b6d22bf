import { type MailServer, MailServerFailed } from "@lanyard/notification-service";
import type { Process, World } from "./world.ts";

/** A mail as the mail server took it, and as it lies in the mailbox of whoever it is for. */
export interface AcceptedMail {
  readonly at: number;
  /** A mailbox shows it only some time after. */
  readonly arrivesAt: number;
  readonly messageId: string;
  readonly to: string;
  readonly link: string | undefined;
  readonly code: string | undefined;
  /** Who handed it over. */
  readonly process: string;
}

/** Also when all else is calm: the queues have to come to rest by themselves. */
const isAway = ({ time, mailServerAway: away }: World): boolean =>
  away !== undefined && time.now() >= away.from && time.now() < away.until;

/** A mail server is slower than a table, and now and then slower than a queue waits. */
export function mailServerOf(world: World, process: Process): MailServer {
  const { random, time } = world;
  const server: MailServer = {
    send: async ({ to, text }, { messageId }) => {
      if (!world.calm) await time.sleep(random.chance(0.15) ? random.between(5_000, 50_000) : random.between(20, 300));
      if (isAway(world)) throw new MailServerFailed("connection refused");
      try {
        return await world.call(process, "send mail", "sqs", async () => {
          const at = time.now();
          const arrivesAt = at + random.between(200, random.pick([2_000, 60_000]));
          const [, link] = /#token=(\S+)/.exec(text) ?? [];
          const [, code] = /^ {4}(\d{6})$/m.exec(text) ?? [];
          world.mails.push({ at, arrivesAt, messageId, to, link, code, process: process.name });
          return "accepted" as const;
        });
      } catch {
        // Whatever a network does to a call, a mail server that did not answer is no dependency of the queue.
        throw new MailServerFailed("timed out");
      }
    },
  };
  return world.mutant?.mailServer?.(server, world) ?? server;
}

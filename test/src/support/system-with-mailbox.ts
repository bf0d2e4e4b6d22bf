import { type MailboxMessage, startMailbox } from "@lanyard/local-cloud";
import { eventually } from "@lanyard/messaging/testing";
import { smtpMailServer } from "@lanyard/notification-service";
import { type InProcessSystem, inProcessSystem } from "./in-process-system.ts";

export interface SystemWithMailbox {
  readonly system: InProcessSystem;
  /** The newest mail to an address as `/dev/mailbox` shows it, as soon as there are `count`; default 1. */
  readonly mailTo: (address: string, count?: number) => Promise<MailboxMessage>;
  stop(): Promise<void>;
}

/** A system in development whose mails go by SMTP to a real mailbox, with links that lead to its own gateway. */
export async function systemWithMailbox(): Promise<SystemWithMailbox> {
  const mailbox = await startMailbox();
  const { hostname: host, port } = new URL(mailbox.smtpUrl);
  const smtp = smtpMailServer({ host, port: Number(port), tls: "never" });
  const system = await inProcessSystem({ settings: { development: true, mailboxUrl: mailbox.url } });
  const here = (text: string): string => text.replaceAll(system.issuer, system.baseUrl);
  system.mailServer.answer = ({ messageId, ...mail }) =>
    smtp.send({ ...mail, text: here(mail.text), html: here(mail.html) }, { messageId });
  return {
    system,
    mailTo: (address, count = 1) =>
      eventually(`mails to ${address}: ${count}`, async () => {
        await system.clock.advance(10);
        const { body } = await system.call("GET", `/dev/mailbox?to=${encodeURIComponent(address)}`);
        const { messages } = body as { readonly messages: readonly MailboxMessage[] };
        return messages.length >= count && messages[0];
      }),
    async stop() {
      await system.stop();
      smtp.close();
      await mailbox.stop();
    },
  };
}

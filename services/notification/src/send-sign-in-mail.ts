import { commands, events, type Occurrence, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { type DeliverMailDeps, deliverMail } from "./deliver-mail.ts";
import type { MailAddress } from "./mail-server.ts";
import type { EndedMail } from "./mail-store.ts";
import { deviceOf } from "./templates/device-of.ts";
import { signInMail } from "./templates/sign-in-mail.ts";

export interface SendSignInMailDeps extends DeliverMailDeps {
  readonly from: MailAddress;
}

/** Mails what a challenge is answered with. A mail server that refuses does not change what whoever asked is told. */
export const sendSignInMail = (deps: SendSignInMailDeps): Handler =>
  handle(commands.notification.sendSignInMail, async ({ input, operationId, writtenBy, client, deriveUuid }) => {
    const link = said(input.link, input.linkExpiresAt);
    const code = said(input.code, input.codeExpiresAt);
    // Somebody else mails the code: there is nothing left to say.
    if (link === undefined && code === undefined) return done({});
    const { from } = deps;
    const mailId = deriveUuid("mail");
    const mail = await deliverMail(deps, {
      mail: { mailId, template: "sign-in", operationId },
      writtenBy,
      usefulUntil: Math.max(link?.expiresAt ?? 0, code?.expiresAt ?? 0),
      messageId: `<${mailId}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
      compose: ({ now, date }) => ({
        from,
        to: input.email,
        locale: input.locale,
        date,
        ...signInMail({
          product: from.name,
          locale: input.locale,
          email: input.email,
          link: ifUseful(link, now),
          code: ifUseful(code, now),
          asked: { ip: client.ip, device: deviceOf(client.userAgent) },
          now,
        }),
      }),
    });
    return done({}, [eventOf(mail)]);
  });

interface Said {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const said = (value: string | undefined, expiresAt: string | undefined): Said | undefined =>
  value === undefined || expiresAt === undefined ? undefined : { value, expiresAt: Date.parse(expiresAt) };

const ifUseful = (part: Said | undefined, now: number): Said | undefined =>
  part !== undefined && now < part.expiresAt ? part : undefined;

/** Told from the item alone, so that a repeat tells the same. */
function eventOf({ mailId, template, ended }: EndedMail): Occurrence {
  switch (ended.how) {
    case "sent":
      return occurred(events.mailSent, ended.at, { mailId, template });
    case "rejected":
      return occurred(events.mailRejected, ended.at, { mailId, template, smtpStatus: ended.smtpStatus ?? 550 });
    case "expired":
      return occurred(events.mailExpired, ended.at, { mailId, template });
  }
}

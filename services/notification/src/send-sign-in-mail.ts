import { type ChallengeKind, commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { type DeliverMailDeps, deliverMail } from "./deliver-mail.ts";
import type { MailAddress } from "./mail-server.ts";
import { toldOfMail } from "./mails/told-of-mail.ts";
import { deviceOf } from "./templates/device-of.ts";
import { signInMail } from "./templates/sign-in-mail.ts";
import type { ChallengeTemplate } from "./templates/sign-in-strings.ts";

export interface SendSignInMailDeps extends DeliverMailDeps {
  readonly from: MailAddress;
}

/** Mails what a challenge is answered with. A mail server that refuses does not change what whoever asked is told. */
export const sendSignInMail = (deps: SendSignInMailDeps): Handler =>
  handle(
    commands.notification.sendSignInMail,
    async ({ input, operationId, writtenBy, client, receivedAt, deriveUuid }) => {
      const link = said(input.link, input.linkExpiresAt);
      const code = said(input.code, input.codeExpiresAt);
      // Somebody else mails the code: there is nothing left to say.
      if (link === undefined && code === undefined) return done({});
      const { from } = deps;
      const mailId = deriveUuid("mail");
      const template = templates[input.challengeKind];
      const mail = await deliverMail(deps, {
        mail: { mailId, template, operationId },
        writtenBy,
        usefulUntil: Math.max(link?.expiresAt ?? 0, code?.expiresAt ?? 0),
        messageId: `<${mailId}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
        compose: ({ now, date }) => ({
          from,
          to: input.email,
          locale: input.locale,
          date,
          ...signInMail({
            template,
            product: from.name,
            locale: input.locale,
            email: input.email,
            link: ifUseful(link, now),
            code: ifUseful(code, now),
            asked: { at: Date.parse(receivedAt), ip: client.ip, device: deviceOf(client.userAgent) },
            now,
          }),
        }),
      });
      return done({}, [toldOfMail(mail)]);
    },
  );

const templates: Readonly<Record<ChallengeKind, ChallengeTemplate>> = {
  magic_link: "sign-in",
  email_otp: "sign-in",
  registration: "registration",
  password_reset: "password-reset",
  email_change: "email-change",
};

interface Said {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const said = (value: string | undefined, expiresAt: string | undefined): Said | undefined =>
  value === undefined || expiresAt === undefined ? undefined : { value, expiresAt: Date.parse(expiresAt) };

const ifUseful = (part: Said | undefined, now: number): Said | undefined =>
  part !== undefined && now < part.expiresAt ? part : undefined;

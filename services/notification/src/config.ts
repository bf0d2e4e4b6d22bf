import { httpUrl, serviceConfig } from "@lanyard/service";
import { z } from "zod";
import type { MailAddress } from "./mail-server.ts";
import type { SmtpOptions } from "./smtp-mail-server.ts";

const TLS_OF_SCHEME = { "smtp:": "upgrade", "smtps:": "always" } as const;
const PORT_OF_SCHEME = { "smtp:": 587, "smtps:": 465 } as const;
const SMTP_URL = "must be smtp://[user:password@]host[:port] or smtps://…, with ?tls=none at most";

/** Reads an SMTP URL; undefined when it is none. */
function smtpOf(text: string): SmtpOptions | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, searchParams, hash } = new URL(text);
  if (protocol !== "smtp:" && protocol !== "smtps:") return undefined;
  if (hostname === "" || (pathname !== "" && pathname !== "/") || hash !== "") return undefined;
  const [user, pass] = [decoded(username), decoded(password)];
  if (user === undefined || pass === undefined) return undefined;
  const plain = searchParams.get("tls") === "none";
  if (searchParams.size > (plain ? 1 : 0) || (plain && protocol === "smtps:")) return undefined;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? PORT_OF_SCHEME[protocol] : Number(port),
    ...(user !== "" && { auth: { user, pass } }),
    tls: plain ? "never" : TLS_OF_SCHEME[protocol],
  };
}

/** Undefined when a percent sign in it stands for nothing. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const smtpUrl = z.string().transform((text, context): SmtpOptions => {
  const smtp = smtpOf(text);
  if (smtp !== undefined) return smtp;
  context.addIssue({ code: "custom", message: SMTP_URL });
  return z.NEVER;
});

/** `Name <address>` or an address alone, without anything that could begin another header. */
const mailFrom = z
  .string()
  .regex(/^(?:[^<>"\p{Cc}]+ <[^<>@\s]+@[A-Za-z0-9.-]+>|[^<>@\s]+@[A-Za-z0-9.-]+)$/u, {
    error: "must be an address, or `Name <address>`",
  })
  .transform((text): MailAddress => {
    const [, name, address] = /^(.+) <(.+)>$/u.exec(text) ?? [];
    return name === undefined || address === undefined ? { name: PRODUCT, address: text } : { name, address };
  });

const PRODUCT = "Lanyard";

/** The notification worker's configuration; `docs/configuration.md` describes each variable. */
export const notificationConfig = serviceConfig
  .extend({
    LANYARD_PUBLIC_URL: httpUrl.optional(),
    LANYARD_SMTP_URL: smtpUrl,
    LANYARD_MAIL_FROM: mailFrom.optional(),
  })
  .refine(
    (config) =>
      config.LANYARD_MODE === "development" ||
      config.LANYARD_MAIL_FROM !== undefined ||
      config.LANYARD_PUBLIC_URL !== undefined,
    {
      path: ["LANYARD_MAIL_FROM"],
      error: "is required in production, unless LANYARD_PUBLIC_URL names the host",
      when: () => true,
    },
  );
export type NotificationConfig = z.output<typeof notificationConfig>;

/** Whom mails are from: by default `no-reply` at the host of the public URL. */
export const mailFromOf = (config: Pick<NotificationConfig, "LANYARD_MAIL_FROM" | "LANYARD_PUBLIC_URL">): MailAddress =>
  config.LANYARD_MAIL_FROM ?? {
    name: PRODUCT,
    address: `no-reply@${new URL(config.LANYARD_PUBLIC_URL ?? "http://localhost").hostname}`,
  };

/** How the mail server is reached: in development over whatever it offers. */
export const smtpOptionsOf = ({
  LANYARD_SMTP_URL: smtp,
  LANYARD_MODE: mode,
}: Pick<NotificationConfig, "LANYARD_SMTP_URL" | "LANYARD_MODE">): SmtpOptions =>
  mode === "development" && smtp.tls === "upgrade" ? { ...smtp, tls: "if-offered" } : smtp;

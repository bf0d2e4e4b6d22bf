import { EMAIL_UNDO_SECONDS, escapeHtml, type JsonObject, type Locale, REPORT_SECONDS } from "@lanyard/contracts";
import type { SecurityTemplate } from "../security-mails/mail-of-event.ts";
import { mailPage } from "./mail-page.ts";
import { securityStrings } from "./security-strings.ts";

export interface SecurityMailFacts {
  readonly product: string;
  readonly locale: Locale;
  readonly template: SecurityTemplate;
  /** The address that the account carries. */
  readonly email: string;
  /** When it happened, milliseconds since the epoch. */
  readonly at: number;
  /** Where it was asked for, as far as that is the account's to know. */
  readonly from: { readonly ip: string | undefined; readonly device: string | undefined };
  /** What the event says. */
  readonly data: JsonObject;
  /** Where the session that it is about can be ended, or the change undone. */
  readonly link: string | undefined;
}

/** How long the links of mails that ask are good for. */
const DAYS: Readonly<Partial<Record<SecurityTemplate, number>>> = {
  "new-device": REPORT_SECONDS / 86_400,
  "email-changed": EMAIL_UNDO_SECONDS / 86_400,
};

/** What operators do is done from where they are: that is nobody's to know. */
const isByOperator = ({ template, data }: Pick<SecurityMailFacts, "template" | "data">): boolean =>
  template === "sessions-revoked" || data["by"] !== undefined;

/** Whoever took a change of address back need not be known to whoever had made it. */
const isUndo = ({ template, data }: Pick<SecurityMailFacts, "template" | "data">): boolean =>
  template === "email-changed" && data["undoes"] !== undefined;

/** A mail on something that has happened to an account. */
export function securityMail(facts: SecurityMailFacts): { subject: string; text: string; html: string } {
  const { product, locale, template, link, data } = facts;
  const strings = securityStrings[locale];
  const { left } = data;
  const of = strings.mails[template];
  const subject = of.subject(product);
  const byOperator = isByOperator(facts);
  const body = of.body({ product, byOperator, isUndo: isUndo(facts), ...(typeof left === "number" && { left }) });
  const advice = (link === undefined ? undefined : of.linkAdvice) ?? of.advice(product);
  const until = strings.linkUntil(DAYS[template] ?? 1);
  const said = factsOf(facts);
  const text = [
    body,
    said.join("\n"),
    advice,
    ...(link === undefined ? [] : [`${strings.button}:\n${link}\n${until}`]),
  ].join("\n\n");
  const html = mailPage({
    locale,
    title: escapeHtml(subject),
    body: [
      paragraph(escapeHtml(body)),
      paragraph(said.map(escapeHtml).join("<br>")),
      paragraph(escapeHtml(advice)),
      ...(link === undefined
        ? []
        : [
            `<a class="button" href="${escapeHtml(link)}" style="${BUTTON}">${escapeHtml(strings.button)}</a>`,
            note(escapeHtml(until)),
          ]),
    ],
    foot:
      link === undefined
        ? []
        : [
            note(
              `${strings.addressInstead}<br><a class="quiet" href="${escapeHtml(link)}" style="${ADDRESS}">${escapeHtml(link)}</a>`,
            ),
          ],
  });
  return { subject, text: `${text}\n`, html };
}

function factsOf(facts: SecurityMailFacts): readonly string[] {
  const { product, locale, template, email, at, from } = facts;
  const strings = securityStrings[locale];
  const time = new Intl.DateTimeFormat(strings.region, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return [
    // Its old address need not know which one the account carries now.
    ...(template === "email-changed" ? [] : [strings.account(product, email)]),
    strings.when(time.format(at)),
    ...(from.ip === undefined || isByOperator(facts) || isUndo(facts) ? [] : [strings.where(from.ip, from.device)]),
  ];
}

const paragraph = (html: string): string => `<p style="margin:0 0 20px;word-break:break-word">${html}</p>`;
const note = (html: string): string =>
  `<p class="quiet" style="margin:0 0 16px;font-size:13px;line-height:19px;color:#5b6472">${html}</p>`;

const BUTTON =
  "display:inline-block;margin:4px 0 16px;padding:13px 32px;border-radius:8px;background:#b3261e;color:#ffffff;font-weight:600;text-decoration:none";
const ADDRESS = "color:#5b6472;word-break:break-all";

import { escapeHtml, type Locale } from "@lanyard/contracts";
import { mailPage } from "./mail-page.ts";
import { type ChallengeTemplate, type PurposeStrings, type SignInStrings, signInStrings } from "./sign-in-strings.ts";

export interface SignInMail {
  readonly template: ChallengeTemplate;
  /** What one signs in to. */
  readonly product: string;
  readonly locale: Locale;
  readonly email: string;
  readonly link: { readonly value: string; readonly expiresAt: number } | undefined;
  readonly code: { readonly value: string; readonly expiresAt: number } | undefined;
  readonly asked: { readonly at: number; readonly ip: string; readonly device: string | undefined };
  /** Milliseconds since the epoch, as are the ends and when it was asked for. */
  readonly now: number;
}

/** The mail that an address is proven with: a link, a code, or both. */
export function signInMail(mail: SignInMail): { subject: string; text: string; html: string } {
  const strings = signInStrings[mail.locale];
  const purpose = strings.of[mail.template];
  const { subject: plain, codeSubject = plain } = purpose;
  const subject = (mail.link === undefined ? codeSubject : plain)(mail.product);
  return { subject, text: textOf(mail, strings, purpose), html: htmlOf(mail, strings, purpose, subject) };
}

function textOf(
  { product, email, link, code, asked, now }: SignInMail,
  strings: SignInStrings,
  { intro, button, ignore }: PurposeStrings,
): string {
  const parts = [intro(product, email)];
  if (link !== undefined) parts.push(`${button}:\n${link.value}\n${lasts(link, now, strings.linkUntil, strings)}`);
  if (code !== undefined) {
    const lead = link === undefined ? strings.code : strings.codeInstead;
    parts.push(`${lead}\n\n    ${code.value}\n\n${lasts(code, now, strings.codeUntil, strings)}`);
  }
  parts.push(`${ignore}\n${strings.never}`, saysAsked(asked, strings));
  return `${parts.join("\n\n")}\n`;
}

function htmlOf(mail: SignInMail, strings: SignInStrings, purpose: PurposeStrings, subject: string): string {
  const { product, email, link, code, asked, now, locale } = mail;
  const safeProduct = escapeHtml(product);
  const body: string[] = [];
  if (link !== undefined) {
    body.push(
      `<a class="button" href="${escapeHtml(link.value)}" style="${BUTTON}">${purpose.button}</a>`,
      note(lasts(link, now, strings.linkUntil, strings)),
    );
  }
  if (code !== undefined) {
    body.push(
      paragraph(link === undefined ? strings.code : strings.codeInstead),
      `<p class="code" style="${CODE}">${escapeHtml(code.value)}</p>`,
      note(lasts(code, now, strings.codeUntil, strings)),
    );
  }
  const foot = [
    note(`${purpose.ignore} ${strings.never}`),
    note(escapeHtml(saysAsked(asked, strings))),
    ...(link === undefined
      ? []
      : [
          note(
            `${strings.addressInstead}<br><a class="quiet" href="${escapeHtml(link.value)}" style="${ADDRESS}">${escapeHtml(link.value)}</a>`,
          ),
        ]),
  ];
  const intro = purpose.intro(safeProduct, `<strong style="word-break:break-word">${escapeHtml(email)}</strong>`);
  return mailPage({ locale, title: escapeHtml(subject), body: [paragraph(intro), ...body], foot });
}

/** For how long and until when: the reader's time zone is not known, and a mail may be late. */
function lasts(
  { expiresAt }: { readonly expiresAt: number },
  now: number,
  say: (duration: string, until: string) => string,
  strings: SignInStrings,
): string {
  const { time, day, inHours, inMinutes } = formatsOf(strings.region);
  const minutes = Math.max(1, Math.round((expiresAt - now) / 60_000));
  const duration = minutes % 60 === 0 ? inHours.format(minutes / 60) : inMinutes.format(minutes);
  return say(duration, strings.until(time.format(expiresAt), day.format(expiresAt)));
}

/** Two mails of one kind are told apart by who asked for them, and when. */
function saysAsked({ at, ip, device }: SignInMail["asked"], strings: SignInStrings): string {
  const { time, day } = formatsOf(strings.region);
  return strings.asked(ip, device, time.format(at), day.format(at));
}

interface Formats {
  readonly time: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly inHours: Intl.NumberFormat;
  readonly inMinutes: Intl.NumberFormat;
}

const formats = new Map<string, Formats>();

/** Made once for each region: making them costs more than all the rest of a mail. */
function formatsOf(region: string): Formats {
  const known = formats.get(region);
  if (known !== undefined) return known;
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(region, { ...options, timeZone: "UTC" });
  const count = (unit: string) => new Intl.NumberFormat(region, { style: "unit", unit, unitDisplay: "long" });
  const made = {
    time: date({ hour: "2-digit", minute: "2-digit" }),
    day: date({ day: "numeric", month: "long" }),
    inHours: count("hour"),
    inMinutes: count("minute"),
  };
  formats.set(region, made);
  return made;
}

const paragraph = (html: string): string => `<p style="margin:0 0 20px">${html}</p>`;
const note = (html: string): string =>
  `<p class="quiet" style="margin:0 0 16px;font-size:13px;line-height:19px;color:#5b6472">${html}</p>`;

const BUTTON =
  "display:inline-block;margin:4px 0 16px;padding:13px 32px;border-radius:8px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none";
const CODE =
  "margin:0 0 12px;padding:14px 8px 14px 20px;border-radius:8px;background:#eef1f6;color:#111827;font:600 30px/38px ui-monospace,Menlo,Consolas,monospace;letter-spacing:9px;text-align:center";
const ADDRESS = "color:#5b6472;word-break:break-all";

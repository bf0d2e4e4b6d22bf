import PostalMime from "postal-mime";

/** One mail as the mailbox tells of it. */
export interface MailboxMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every http(s) address in it, once. */
  readonly links: readonly string[];
  /** Every six-digit number in its text, once. */
  readonly codes: readonly string[];
  readonly receivedAt: string;
}

/** Reads a mail as it came over the wire. */
export async function readMail(
  raw: Uint8Array,
  { to, receivedAt }: { readonly to: string; readonly receivedAt: string },
): Promise<MailboxMessage> {
  const { subject = "", text = "", html = "" } = await PostalMime.parse(raw);
  const inHtml = [...html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, one, other]) =>
    unescaped(one ?? other ?? ""),
  );
  const inText = text.match(/\bhttps?:\/\/[^\s<>"']+/g) ?? [];
  return {
    to,
    subject,
    text,
    html,
    links: [...new Set([...inHtml, ...inText])].filter((link) => /^https?:\/\//.test(link) && URL.canParse(link)),
    codes: [...new Set(text.match(/(?<![\w/#=-])\d{6}(?![\w/=-])/g) ?? [])],
    receivedAt,
  };
}

const CHARACTERS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

const unescaped = (attribute: string): string =>
  attribute.replaceAll(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => CHARACTERS[name] ?? entity);

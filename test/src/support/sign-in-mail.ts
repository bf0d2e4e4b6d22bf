/** A mail as a test finds it. */
export interface ReceivedMail {
  readonly to: string;
  readonly text: string;
}

/** What the newest mail to an address lets its reader do. @throws Error when there is none */
export function signInMailTo(
  mails: readonly ReceivedMail[],
  address: string,
): { readonly code: string; readonly link: string | undefined; readonly token: string } {
  // What is told of an account afterwards lets nobody sign in.
  const mail = mails.findLast(({ to, text }) => to === address && /#token=(?!nm_)|\b\d{6}\b/.test(text));
  if (mail === undefined)
    throw new Error(`no mail to ${address}, but to ${mails.map(({ to }) => to).join(", ") || "nobody"}`);
  const link = /https?:\/\/\S+#token=\S+/.exec(mail.text)?.[0];
  return { code: /\b\d{6}\b/.exec(mail.text)?.[0] ?? "", link, token: link?.split("#token=")[1] ?? "" };
}

import { escapeHtml } from "@lanyard/contracts";
import type { MailboxMessage } from "./read-mail.ts";

/** For the page and the mails in it, which inherit it: nothing runs, nothing is loaded. */
export const mailboxPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const SHOWN = 20;

/** The mails as a page without a script, which looks again every five seconds while there is nothing to be disturbed in reading. */
export function mailboxPage(messages: readonly MailboxMessage[], to: string | undefined): string {
  const shown = messages.slice(0, SHOWN);
  const none = to === undefined ? "No mail yet." : "No mail to this address.";
  const more =
    messages.length > SHOWN ? `<p class="quiet">${messages.length - SHOWN} older ones are not shown.</p>` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${shown.length === 0 ? '<meta http-equiv="refresh" content="5">' : ""}
<meta name="referrer" content="no-referrer">
<title>Mailbox (${messages.length})</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Mailbox</h1>
<p class="quiet">Every mail that this stack sends ends here, and nowhere else.</p>
<form><input type="search" name="to" placeholder="Only mails to …" aria-label="Only mails to" value="${escapeHtml(to ?? "")}"><button>Show</button></form>
</header>
<main>
${shown.length === 0 ? `<p class="quiet">${none}</p>` : [LOOK_AGAIN, ...shown.map(article)].join("\n")}
${more}
</main>
</body>
</html>
`;
}

const LOOK_AGAIN = '<p><a href="">Look again</a></p>';

/** What a mail leads to opens in a tab of its own, free of the frame: in the frame nothing may be opened at all. */
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";
const IN_TABS = '<base target="_blank">';

const article = ({ to, subject, text, html, links, codes, receivedAt }: MailboxMessage): string => `<article>
<h2>${escapeHtml(subject)}</h2>
<p class="quiet">to <a href="?to=${escapeHtml(encodeURIComponent(to))}">${escapeHtml(to)}</a>, <time>${escapeHtml(receivedAt)}</time></p>
${codes.map((code) => `<code>${escapeHtml(code)}</code>`).join(" ")}
${links.map((link) => `<a class="link" href="${escapeHtml(link)}" target="_blank" rel="noopener noreferrer">${escapeHtml(link)}</a>`).join("\n")}
${
  html === ""
    ? `<pre>${escapeHtml(text)}</pre>`
    : `<iframe sandbox="${SANDBOX}" title="The mail" srcdoc="${escapeHtml(IN_TABS + html)}"></iframe>
<details><summary>As text</summary><pre>${escapeHtml(text)}</pre></details>`
}
</article>`;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
.quiet { margin: .1rem 0 .8rem; color: color-mix(in srgb, CanvasText 60%, Canvas); font-size: .9rem; }
form { display: flex; gap: .5rem; } input { flex: 1; } input, button { font: inherit; padding: .4rem .7rem; }
article { margin: 1.5rem 0; padding: 1.2rem; border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); border-radius: .7rem; }
code { display: inline-block; margin: 0 0 .6rem; padding: .1rem .6rem; border-radius: .4rem; background: color-mix(in srgb, CanvasText 9%, Canvas); font-size: 1.4rem; letter-spacing: .15em; user-select: all; }
.link { display: block; margin: 0 0 .6rem; overflow-wrap: anywhere; font-size: .9rem; }
iframe { display: block; width: 100%; height: 40rem; border: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); border-radius: .4rem; background: Canvas; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
details { margin-top: .6rem; }
`;

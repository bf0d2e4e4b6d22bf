import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { normalEmail } from "@lanyard/contracts";
import { SMTPServer } from "smtp-server";
import { mailboxPage, mailboxPolicy } from "./mailbox-page.ts";
import { type MailboxMessage, readMail } from "./read-mail.ts";

const KEPT = 500;
const MAX_BYTES = 1024 * 1024;
/** The names it goes by on this machine and among containers: a page that has its own name lead here may not read mails. */
const HOSTS = /^(localhost|127\.0\.0\.1|\[::1\]|mailbox)(:\d+)?$/i;

export interface MailboxServerOptions {
  readonly host: string;
  readonly smtpPort: number;
  readonly httpPort: number;
}

/**
 * Takes every mail for anyone by SMTP and shows the last 500 over HTTP: `GET /?to=` as JSON, newest first, or as a page.
 * For development alone: whoever reaches it reads everything.
 */
export async function mailboxServer({
  host,
  smtpPort,
  httpPort,
}: MailboxServerOptions): Promise<{ close(): Promise<void> }> {
  let messages: readonly MailboxMessage[] = [];

  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    size: MAX_BYTES,
    closeTimeout: 200,
    onData(stream, { envelope }, answer) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (stream.sizeExceeded) return answer(Object.assign(new Error("too large"), { responseCode: 552 }));
        const receivedAt = new Date().toISOString();
        const raw = Buffer.concat(chunks);
        Promise.all(envelope.rcptTo.map(({ address }) => readMail(raw, { to: address, receivedAt }))).then(
          (mails) => {
            messages = [...mails, ...messages].slice(0, KEPT);
            answer(null);
          },
          () => answer(Object.assign(new Error("unreadable"), { responseCode: 554 })),
        );
      });
    },
  });
  // A client that hangs up in mid-sentence.
  smtp.on("error", () => undefined);

  const http = createServer((request, response) => {
    const answer = answerOf(request, messages);
    response.writeHead(answer.status, { ...HEADERS, "content-type": answer.type });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  });

  const listening = smtp.listen(smtpPort, host);
  http.listen(httpPort, host);
  await Promise.all([once(listening, "listening"), once(http, "listening")]);
  return {
    async close() {
      http.closeAllConnections();
      await Promise.all([
        new Promise<void>((resolve) => http.close(() => resolve())),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": mailboxPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} satisfies Record<string, string> & Parameters<ServerResponse["writeHead"]>[1];

interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function answerOf(request: IncomingMessage, messages: readonly MailboxMessage[]): HttpAnswer {
  const text = (status: number, body: string): HttpAnswer => ({ status, type: "text/plain; charset=utf-8", body });
  if (!HOSTS.test(request.headers.host ?? "")) return text(421, "not the name of a mailbox\n");
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "GET only\n");
  const url = new URL(request.url ?? "/", "http://mailbox");
  if (url.pathname === "/readyz") return text(200, "ready\n");
  if (url.pathname !== "/") return text(404, "nothing here\n");
  const to = searchedAddress(url.searchParams.get("to"));
  const found = messages.filter((message) => to === undefined || comparable(message.to) === to);
  return (request.headers.accept ?? "").includes("text/html")
    ? { status: 200, type: "text/html; charset=utf-8", body: mailboxPage(found, to) }
    : { status: 200, type: "application/json", body: JSON.stringify({ messages: found }) };
}

/** No address has a space in it: one in a query was a plus that nobody encoded. */
const searchedAddress = (to: string | null): string | undefined =>
  comparable((to ?? "").trim().replaceAll(" ", "+")) || undefined;

const comparable = (address: string): string => normalEmail(address) ?? address.toLowerCase();

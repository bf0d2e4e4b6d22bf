import { createTransport } from "nodemailer";
import { type Answer, type MailServer, MailServerFailed } from "./mail-server.ts";

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  readonly auth?: { readonly user: string; readonly pass: string };
  /** `always`: from the first byte. `upgrade`: STARTTLS, or nothing is sent. `if-offered`: STARTTLS where there is one. `never`. */
  readonly tls: "always" | "upgrade" | "if-offered" | "never";
  /** Connections at once; what comes on top waits. Default 16. */
  readonly connections?: number;
  /** From the call to the answer, waiting for a connection included. Default 30 000. */
  readonly timeoutMs?: number;
}

/** A mail server reached by SMTP, over few connections that are kept for a while. */
export function smtpMailServer(options: SmtpOptions): MailServer & { close(): void } {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const transport = createTransport({
    pool: true,
    host: options.host,
    port: options.port,
    ...(options.auth && { auth: options.auth }),
    secure: options.tls === "always",
    requireTLS: options.tls === "upgrade",
    ignoreTLS: options.tls === "never",
    maxConnections: options.connections ?? 16,
    // A mail that failed goes back to its queue, where the delay grows.
    maxRequeues: 1,
    idleTimeout: 10_000,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ from, to, locale, subject, text, html, date }, { messageId }): Promise<Answer> {
      try {
        await transport.sendMail({
          messageId,
          from: { name: from.name, address: from.address },
          to: { name: "", address: to },
          subject,
          text,
          html,
          date: new Date(date),
          headers: {
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": locale,
          },
          // Also takes the mail out of the line for a connection: nothing is sent once this has thrown.
          signal: AbortSignal.timeout(timeoutMs),
        });
        return "accepted";
      } catch (error) {
        return answerOf(error, timeoutMs);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

/**
 * Only 55x to a recipient or to the mail is about this mail (RFC 5321, 4.2.3: "mail system"); a wrong password, a refused sender or a
 * missing STARTTLS is for people to mend, and the mail waits. What the server said may name the recipient: its number is all that is kept.
 */
function answerOf(error: unknown, timeoutMs: number): Answer {
  const { code, command, responseCode } = error as { code?: unknown; command?: unknown; responseCode?: unknown };
  const status = typeof responseCode === "number" ? responseCode : undefined;
  if (status !== undefined && status >= 550 && (command === "RCPT TO" || command === "DATA")) {
    return { rejected: status };
  }
  if (code === "EABORT") throw new MailServerFailed(`no answer in ${timeoutMs / 1000} s`);
  const what = [code, command, status].filter((part) => typeof part === "string" || typeof part === "number");
  throw new MailServerFailed(what.length === 0 ? "unknown" : what.join(" "));
}

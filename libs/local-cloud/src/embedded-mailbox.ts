import { Emulator } from "./emulator.ts";
import { freePort } from "./free-port.ts";

/** A mail server that delivers nothing and shows everything, on 127.0.0.1. */
export interface EmbeddedMailbox {
  /** For `LANYARD_SMTP_URL`. */
  readonly smtpUrl: string;
  /** For `LANYARD_MAILBOX_URL`: `GET /?to=` answers JSON, or a page in a browser. */
  readonly url: string;
  /** Throws when it is not running. */
  readonly pid: number;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same ports, unless it runs. */
  restart(): Promise<void>;
}

export interface EmbeddedMailboxOptions {
  /** One line at a time. Default: silent. */
  readonly log?: (line: string) => void;
  /** Told when it ends though nobody here ended it. */
  readonly onUnexpectedExit?: (name: string) => void;
}

/** Starts a mailbox that keeps the last 500 mails in memory; it answers when this resolves, and ends with this process. */
export async function startMailbox({ log, onUnexpectedExit }: EmbeddedMailboxOptions = {}): Promise<EmbeddedMailbox> {
  const smtpPort = await freePort();
  const emulator = new Emulator({
    name: "embedded mailbox",
    file: new URL("./mailbox-process.ts", import.meta.url),
    smtpPort,
    async probe(endpoint) {
      const response = await fetch(`${endpoint}/readyz`, { signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(`the mailbox answered ${response.status}`);
    },
    log: log ?? (() => undefined),
    ...(onUnexpectedExit && { onUnexpectedExit }),
  });
  await emulator.start();
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}?tls=none`,
    url: emulator.endpoint,
    get pid() {
      return emulator.pid;
    },
    stop: () => emulator.stop(),
    kill: () => emulator.kill(),
    restart: () => emulator.restart(),
  };
}

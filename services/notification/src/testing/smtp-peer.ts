import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly to: string;
  /** As it came over the wire. */
  readonly raw: string;
}

/** A mail server to talk to, on 127.0.0.1. */
export interface SmtpPeer {
  readonly port: number;
  /** What it has accepted, in order. */
  readonly received: readonly ReceivedMail[];
  /** Every recipient it was ever told, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export interface SmtpPeerOptions {
  /** Answers a recipient, the nth time it is told, from 1: a reply code to refuse with, or nothing to take it. */
  readonly recipient?: (to: string, time: number) => number | undefined | Promise<number | undefined>;
  /** Answers a whole mail alike; told before it is kept. */
  readonly mail?: (mail: ReceivedMail) => number | undefined | Promise<number | undefined>;
  /** Default: any free one. */
  readonly port?: number;
  /** Offers STARTTLS, with a certificate that nobody trusts. Default false. */
  readonly tls?: boolean;
}

export async function smtpPeer({ recipient, mail, port = 0, tls = false }: SmtpPeerOptions = {}): Promise<SmtpPeer> {
  const received: ReceivedMail[] = [];
  const asked: string[] = [];
  const refusal = (status: number | undefined, to: string): (Error & { responseCode: number }) | null =>
    status === undefined ? null : Object.assign(new Error(`no mail for <${to}>`), { responseCode: status });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: tls ? ["AUTH"] : ["AUTH", "STARTTLS"],
    closeTimeout: 10,
    onRcptTo({ address }, _session, answer) {
      asked.push(address);
      const time = asked.filter((each) => each === address).length;
      void Promise.resolve(recipient?.(address, time)).then((status) => answer(refusal(status, address)));
    },
    onData(stream, { envelope }, answer) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = envelope.rcptTo.map(({ address }) => address).join();
        const whole = { to, raw: Buffer.concat(chunks).toString() };
        void Promise.resolve(mail?.(whole)).then((status) => {
          if (status === undefined) received.push(whole);
          answer(refusal(status, to));
        });
      });
    },
  });
  // A client that goes away in mid-sentence is one of the things to be tried.
  server.on("error", () => undefined);
  const listening = server.listen(port, "127.0.0.1");
  await once(listening, "listening");
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    asked,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type MailServer, MailServerFailed, type OutgoingMail } from "./mail-server.ts";
import { type SmtpOptions, smtpMailServer } from "./smtp-mail-server.ts";
import { RecordingMailServer } from "./testing/recording-mail-server.ts";
import { type SmtpPeer, type SmtpPeerOptions, smtpPeer } from "./testing/smtp-peer.ts";

const mail: OutgoingMail = {
  from: { name: "Lanyard", address: "no-reply@lanyard.example.com" },
  to: "ada@example.com",
  locale: "de",
  subject: "Grüße",
  text: "text of the mail",
  html: "<p>HTML of the mail</p>",
  date: "2026-01-01T00:00:00.000Z",
};
const options = { messageId: "<1@lanyard.example.com>" };
const ends: (() => unknown)[] = [];
afterEach(async () => void (await Promise.all(ends.splice(0).map((end) => end()))));

async function bySmtp(peerOptions: SmtpPeerOptions, more: Partial<SmtpOptions> = {}) {
  const peer: SmtpPeer = await smtpPeer(peerOptions);
  const server = smtpMailServer({ host: "127.0.0.1", port: peer.port, tls: "never", timeoutMs: 3000, ...more });
  ends.push(() => {
    server.close();
    return peer.stop();
  });
  return { server, peer };
}

interface Made {
  readonly server: MailServer;
  readonly accepted: () => number;
}
const servers: readonly (readonly [string, (status: number | undefined) => Promise<Made>])[] = [
  [
    "by SMTP",
    async (status) => {
      const { server, peer } = await bySmtp({ mail: () => status });
      return { server, accepted: () => peer.received.length };
    },
  ],
  [
    "in memory",
    async (status) => {
      const server = new RecordingMailServer();
      server.answer = () => {
        if (status === undefined) return "accepted";
        if (status < 550) throw new MailServerFailed(String(status));
        return { rejected: status };
      };
      return { server, accepted: () => server.mails.length };
    },
  ],
];

describe.each(servers)("a mail server %s", (_, make) => {
  it("accepts a mail, and the same again", async () => {
    const { server, accepted } = await make(undefined);
    expect(await server.send(mail, options)).toBe("accepted");
    expect(await server.send(mail, options)).toBe("accepted");
    expect(accepted()).toBe(2);
  });

  it("rejects a mail for good with the number it was told", async () => {
    const { server, accepted } = await make(554);
    expect(await server.send(mail, options)).toEqual({ rejected: 554 });
    expect(accepted()).toBe(0);
  });

  it("throws for a mail that may be taken later, and does not name the recipient", async () => {
    const { server } = await make(452);
    const failed = await server.send(mail, options).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(MailServerFailed);
    expect(String((failed as Error).stack)).not.toContain("ada");
    expect((failed as Error).cause).toBeUndefined();
  });
});

describe("a mail by SMTP", () => {
  it("says what it is, in headers too", async () => {
    const { server, peer } = await bySmtp({});
    await server.send(mail, options);
    const raw = peer.received[0]?.raw ?? "";
    for (const line of [
      "Message-ID: <1@lanyard.example.com>",
      "From: Lanyard <no-reply@lanyard.example.com>",
      "To: ada@example.com",
      "Auto-Submitted: auto-generated",
      "Content-Language: de",
      "Date: Thu, 01 Jan 2026 00:00:00 +0000",
      "text of the mail",
      "<p>HTML of the mail</p>",
    ]) {
      expect(raw).toContain(line);
    }
  });

  it.each([530, 535, 503])("is not rejected for what is no fault of it: %d", async (status) => {
    const { server } = await bySmtp({ recipient: () => status });
    await expect(server.send(mail, options)).rejects.toThrow(MailServerFailed);
  });

  it("is not sent to a server that offers no encryption where that is required, nor to one that nobody vouches for", async () => {
    const warned = jest.spyOn(console, "error").mockImplementation(() => undefined);
    ends.push(() => warned.mockRestore());
    for (const tls of [false, true]) {
      const { server, peer } = await bySmtp({ tls }, { tls: "upgrade" });
      await expect(server.send(mail, options)).rejects.toThrow(/ETLS|ESOCKET|ECONNECTION/);
      expect(peer.asked).toEqual([]);
    }
  });
});

describe("a mail server that does not answer", () => {
  let tell: (status: undefined) => void;
  let answered: Promise<undefined>;
  beforeEach(() => {
    answered = new Promise((resolve) => (tell = resolve));
  });

  it("has failed when its time is over, and gets nothing more of that mail", async () => {
    const { server, peer } = await bySmtp({ recipient: () => answered }, { timeoutMs: 200 });
    await expect(server.send(mail, options)).rejects.toThrow("no answer in 0.2 s");
    tell(undefined);
    await eventually("the server was told of one recipient", () => peer.asked.length === 1);
    expect(peer.received).toEqual([]);
  });

  it("gets nothing at all of a mail that waited for a connection until its time was over", async () => {
    const { server, peer } = await bySmtp({ recipient: () => answered }, { timeoutMs: 200, connections: 1 });
    const first = server.send(mail, options).catch((error: unknown) => error);
    const second = server.send({ ...mail, to: "bob@example.com" }, options).catch((error: unknown) => error);
    expect(await Promise.all([first, second])).toEqual([expect.any(MailServerFailed), expect.any(MailServerFailed)]);
    tell(undefined);
    expect(await server.send({ ...mail, to: "eve@example.com" }, options)).toBe("accepted");
    expect(peer.asked).toEqual(["ada@example.com", "eve@example.com"]);
    expect(peer.received.map(({ to }) => to)).toEqual(["eve@example.com"]);
  });
});

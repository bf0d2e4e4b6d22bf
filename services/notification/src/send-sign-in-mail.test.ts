import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type MailServer, MailServerFailed } from "./mail-server.ts";
import { smtpMailServer } from "./smtp-mail-server.ts";
import { RecordingMailServer } from "./testing/recording-mail-server.ts";
import { type SmtpPeer, type SmtpPeerOptions, smtpPeer } from "./testing/smtp-peer.ts";
import { code, link, workersUnderTest } from "./testing/worker-under-test.ts";

let system: ReturnType<typeof workersUnderTest>;
const ends: (() => unknown)[] = [];

beforeEach(() => {
  system = workersUnderTest();
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  await system.stop();
});

async function peer(options?: SmtpPeerOptions): Promise<SmtpPeer> {
  const made = await smtpPeer(options);
  ends.push(() => made.stop());
  return made;
}

function server(port: number, timeoutMs = 5000): MailServer {
  const made = smtpMailServer({ host: "127.0.0.1", port, tls: "never", timeoutMs });
  ends.push(() => made.close());
  return made;
}

/** Waits for a fact while virtual time passes, half a second at a time. */
const inTime = <T>(what: string, fact: () => T | Promise<T>) =>
  eventually(what, async () => {
    await system.clock.advance(500);
    return fact();
  });
const done = (operationId: string) =>
  inTime("the operation has ended", async () => (await system.outcomeOf(operationId))?.outcome.state);
const messageIdOf = (raw: string): string | undefined => /^Message-ID: (.+)$/im.exec(raw)?.[1]?.trim();

describe("a sign-in mail", () => {
  it("is sent once, and recorded, and told of", async () => {
    const { port, received } = await peer();
    system.start(server(port));
    expect(await done(await system.ask("ada@example.com"))).toBe("succeeded");
    const [record] = system.records();
    expect(received.map(({ to }) => to)).toEqual(["ada@example.com"]);
    expect(messageIdOf(received[0]?.raw ?? "")).toBe(`<${record?.mailId}@lanyard.example.com>`);
    expect(record?.ended?.how).toBe("sent");
    expect(record).not.toHaveProperty("sending");
    expect(system.events().map(({ type, data }) => ({ type, data }))).toEqual([
      { type: "mail.sent", data: { mailId: record?.mailId, template: "sign-in" } },
    ]);
  });

  it.each([
    ["magic_link", "sign-in", "Sign in to Lanyard"],
    ["registration", "registration", "Confirm your address for Lanyard"],
    ["password_reset", "password-reset", "Choose a new password for Lanyard"],
    ["email_change", "email-change", "Confirm your new address for Lanyard"],
  ] as const)(
    "of a challenge of the kind %s is of the template %s, which is told of",
    async (challengeKind, template, subject) => {
      const { port, received } = await peer();
      system.start(server(port));
      await done(await system.ask("ada@example.com", { challengeKind }));

      expect(received[0]?.raw).toContain(`Subject: ${subject}`);
      expect(system.records().map((record) => record.template)).toEqual([template]);
      expect(system.events().map(({ data }) => data)).toMatchObject([{ template }]);
    },
  );

  it("leaves neither its secrets nor its address in items, events, replies or logs, whatever the server says", async () => {
    const { port } = await peer({
      recipient: (to, time) => (time === 1 ? 451 : to.startsWith("bob") ? 550 : undefined),
    });
    system.start(server(port));
    await done(await system.ask("ada@example.com"));
    await done(await system.ask("bob@example.com"));
    const everything = [
      system.dump(),
      system.logged.join("\n"),
      JSON.stringify([system.transport.published("events"), system.transport.held("inbox")]),
    ].join();
    expect(system.logged.length).toBeGreaterThan(0);
    expect(everything).toContain("EENVELOPE RCPT TO 451");
    for (const secret of [code, link, "secret-of-the-link", "ada@", "bob@"]) expect(everything).not.toContain(secret);
  });

  it("says the same again when its message comes again, and is not sent again", async () => {
    const { port, received } = await peer();
    system.start(server(port));
    await done(await system.ask("ada@example.com"));
    await system.clock.advance(600_000);
    await system.bringAgain();
    await inTime("both were told", () => system.events().length === 2);
    expect(received).toHaveLength(1);
    expect(new Set(system.transport.published("events").map(({ body }) => body)).size).toBe(1);
  });

  it("says nothing, and to nobody, when somebody else mails the code", async () => {
    const { port, asked } = await peer();
    system.start(server(port));
    expect(await done(await system.ask("ada@example.com", { secrets: false }))).toBe("succeeded");
    expect([asked, system.records(), system.events()]).toEqual([[], [], []]);
  });
});

describe("two copies of a message at once", () => {
  it("send one mail, whichever worker has them", async () => {
    const { port, received } = await peer();
    for (let copy = 0; copy < 4; copy += 1) system.start(server(port));
    await system.ask("ada@example.com", { copies: 8 });
    await inTime("every copy is done with", () => system.transport.held("notification").length === 0);
    expect(received).toHaveLength(1);
    expect(system.records()).toHaveLength(1);
    const [first] = system.transport.published("events");
    for (const event of system.transport.published("events")) expect(event.body).toBe(first?.body);
  });
});

describe("a mail server that refuses", () => {
  it("twice for now is asked a third time: one mail, one record", async () => {
    const { port, received, asked } = await peer({ mail: () => (asked.length < 3 ? 451 : undefined) });
    const worker = system.start(server(port));
    const begun = system.clock.now();
    expect(await done(await system.ask("ada@example.com"))).toBe("succeeded");
    expect(asked).toHaveLength(3);
    expect(received).toHaveLength(1);
    expect(system.records().map(({ ended }) => ended?.how)).toEqual(["sent"]);
    // 1 s, then 2 s: the lease of an attempt that failed holds up nobody.
    expect(system.clock.now() - begun).toBeLessThan(15_000);
    expect(worker.state).toBe("running");
  });

  it.each(["recipient", "mail"] as const)("the %s for good is not asked again, and the flow ends", async (what) => {
    const { port, received, asked } = await peer({ [what]: () => 550 });
    system.start(server(port));
    expect(await done(await system.ask("ada@example.com"))).toBe("succeeded");
    await system.clock.advance(600_000);
    expect([asked.length, received.length]).toEqual([1, 0]);
    expect(system.events().map(({ type, data }) => [type, data])).toEqual([
      ["mail.rejected", { mailId: system.records()[0]?.mailId, template: "sign-in", smtpStatus: 550 }],
    ]);
  });
});

describe("a mail server that is not there", () => {
  it("is asked again, with the worker running, until it is", async () => {
    const { port, stop } = await smtpPeer();
    await stop();
    const worker = system.start(server(port));
    const operationId = await system.ask("ada@example.com");
    await inTime(
      "it was tried three times",
      () => system.logged.filter((line) => /ECONN|ESOCKET/.test(line)).length > 2,
    );
    expect(worker.state).toBe("running");
    const { received } = await peer({ port });
    expect(await done(operationId)).toBe("succeeded");
    expect(received).toHaveLength(1);
  });

  describe.each([
    ["comes back in time", 8, ["mail.sent"]],
    ["does not", 11, ["mail.expired"]],
  ] as const)("for longer than other messages are tried, and %s", (_, hours, told) => {
    it("leaves no dead letter: the mail is tried for as long as its link is good", async () => {
      const away = new RecordingMailServer();
      away.answer = () => {
        throw new MailServerFailed("nobody answers");
      };
      system.start(away);
      const operationId = await system.ask("ada@example.com", { linkMinutes: 600 });
      for (let hour = 0; hour < hours; hour += 1) await system.clock.advance(3600_000);
      away.answer = () => "accepted";
      await system.clock.advance(1800_000);
      expect(system.transport.held("notification-dlq")).toEqual([]);
      expect(await done(operationId)).toBe("succeeded");
      expect(system.events().map(({ type }) => type)).toEqual(told);
    });
  });

  it("until all that a mail says has expired gets no mail any more", async () => {
    const { port, stop } = await smtpPeer();
    await stop();
    system.start(server(port));
    const operationId = await system.ask("ada@example.com", { linkMinutes: 2, codeMinutes: 1 });
    await inTime("it was tried", () => system.records().length === 1);
    const { asked } = await peer({ port, recipient: () => 451 });
    expect(await done(operationId)).toBe("succeeded");
    const askedBefore = asked.length;
    await system.clock.advance(600_000);
    expect(asked).toHaveLength(askedBefore);
    expect(system.events().map(({ type }) => type)).toEqual(["mail.expired"]);
    expect(system.records()[0]?.ended?.how).toBe("expired");
  });
});

describe("a mail whose code has expired when its link has not", () => {
  it("is sent without the code", async () => {
    const { port, received } = await peer();
    const operationId = await system.ask("ada@example.com", { linkMinutes: 60, codeMinutes: 1 });
    await system.clock.advance(120_000);
    system.start(server(port));
    await done(operationId);
    expect(received[0]?.raw).toContain("secret-of-the-link");
    expect(received[0]?.raw).not.toContain(code);
  });
});

describe("a worker that dies after the server has taken the mail, and before that is written", () => {
  it("leaves it to another, which sends it again under the same Message-ID when the lease is over", async () => {
    const { port, received } = await peer();
    const real = server(port);
    let dead = false;
    const dying = system.start({
      async send(mail, options) {
        await real.send(mail, options);
        dead = true;
        return new Promise(() => undefined);
      },
    });
    const operationId = await system.ask("ada@example.com", { copies: 2 });
    await eventually("the server has it", async () => {
      await system.clock.settle();
      return dead;
    });
    await dying.stop(0);
    const diedAt = system.clock.now();
    system.start(real);
    await system.clock.advance(55_000);
    expect(received).toHaveLength(1);
    expect(await done(operationId)).toBe("succeeded");
    expect(system.clock.now() - diedAt).toBeGreaterThanOrEqual(60_000);
    expect(received).toHaveLength(2);
    expect(new Set(received.map(({ raw }) => messageIdOf(raw))).size).toBe(1);
    expect(new Set(received.map(({ raw }) => /^Date: .+$/im.exec(raw)?.[0])).size).toBe(1);
  });
});

describe("a mail server that hangs over some mails", () => {
  it("is one warning for each delivery, which says for how long nothing was heard", async () => {
    const { port } = await peer({ recipient: (_, time) => (time === 1 ? new Promise(() => undefined) : undefined) });
    system.start(server(port, 200));
    expect(await done(await system.ask("ada@example.com"))).toBe("succeeded");
    const told = system.logged.filter((line) => !line.startsWith("debug"));
    expect(told).toEqual([expect.stringMatching(/^warn .*the mail server did not take a mail: no answer in 0\.2 s/)]);
  });

  it("holds up no other mail, and no second copy of theirs", async () => {
    const { port, received, asked } = await peer({
      recipient: (to) => (to.startsWith("slow") ? new Promise(() => undefined) : undefined),
    });
    const worker = system.start(server(port, 60_000));
    for (let index = 0; index < 5; index += 1) await system.ask(`slow${index}@example.com`);
    await eventually("they hang", async () => {
      await system.clock.settle();
      return asked.length === 5;
    });
    for (let index = 0; index < 20; index += 1) await system.ask(`ada${index}@example.com`);
    await eventually("the others have gone out", async () => {
      await system.clock.settle();
      return received.length === 20;
    });
    expect(worker.state).toBe("running");
    expect(received.every(({ to }) => to.startsWith("ada"))).toBe(true);
  });
});

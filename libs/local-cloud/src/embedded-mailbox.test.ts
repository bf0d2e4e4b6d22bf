import { once } from "node:events";
import { get, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type EmbeddedMailbox, startMailbox } from "./embedded-mailbox.ts";

let mailbox: EmbeddedMailbox;
beforeAll(async () => {
  mailbox = await startMailbox();
}, 30_000);
afterAll(() => mailbox.stop());

/** Says SMTP to the mailbox, one line for each answer; gives back the last answer. */
async function mailed(recipients: readonly string[], content: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(mailbox.smtpUrl);
  const socket = connect({ host: hostname, port: Number(port) }).setEncoding("utf8");
  const answers = socket[Symbol.asyncIterator]();
  let last = String((await answers.next()).value);
  for (const line of [
    "HELO me",
    "MAIL FROM:<no-reply@example.com>",
    ...recipients.map((to) => `RCPT TO:<${to}>`),
    "DATA",
    [...content, "."].join("\r\n"),
  ]) {
    socket.write(`${line}\r\n`);
    last = String((await answers.next()).value);
  }
  socket.destroy();
  return last;
}

async function read(path: string, headers: Record<string, string> = {}) {
  const request = get(`${mailbox.url}${path}`, { headers });
  const [response] = (await once(request, "response")) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
const messagesOf = async (path: string) =>
  (
    JSON.parse((await read(path)).body) as {
      messages: { to: string; subject: string; links: string[]; codes: string[] }[];
    }
  ).messages;

const plain = (subject: string, text: string): readonly string[] => [`Subject: ${subject}`, "", text];

describe("the embedded mailbox", () => {
  it("shows what was mailed, newest first, to one address or to all", async () => {
    expect(await mailed(["ada@example.com"], plain("one", "1"))).toMatch(/^250/);
    await mailed(["bob@example.com", "Ada@Example.com"], plain("two", "2"));
    expect((await messagesOf("/?to=ada@example.com")).map(({ subject }) => subject)).toEqual(["two", "one"]);
    expect((await messagesOf("/?to=BOB%40example.com")).map(({ to }) => to)).toEqual(["bob@example.com"]);
    expect(await messagesOf("/?to=eve@example.com")).toEqual([]);
    expect((await messagesOf("/")).length).toBeGreaterThanOrEqual(3);
  });

  it("finds an address however it is written, its plus encoded or not", async () => {
    await mailed(["ada+7f3a@xn--bcher-kva.example"], plain("plus", "1"));
    for (const to of [
      "ada+7f3a@xn--bcher-kva.example",
      "ada%2B7f3a@xn--bcher-kva.example",
      "%20Ada%2B7F3A@b%C3%BCcher.example%20",
    ]) {
      expect((await messagesOf(`/?to=${to}`)).map(({ subject }) => subject)).toEqual(["plus"]);
    }
    expect(await messagesOf("/?to=ada@xn--bcher-kva.example")).toEqual([]);
  });

  it("reads links and codes out of text and HTML, encoded as mails are", async () => {
    await mailed(
      ["links@example.com"],
      [
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        'Content-Type: multipart/alternative; boundary="x"',
        "",
        "--x",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "https://example.com/a?b=3D1&c=3D654321#token=3Dx",
        "code 402913, order 1234567, https://example.com/a?b=3D1&c=3D654321#token=3Dx",
        "--x",
        "Content-Type: text/html; charset=utf-8",
        "",
        `<a href="https://example.com/a?b=1&amp;c=654321#token=x">x</a><a href='javascript:alert(1)'>y</a>`,
        "--x--",
      ],
    );
    expect(await messagesOf("/?to=links@example.com")).toEqual([
      {
        to: "links@example.com",
        subject: "Grüße",
        text: expect.stringContaining("code 402913"),
        html: expect.stringContaining("<a href"),
        links: ["https://example.com/a?b=1&c=654321#token=x"],
        codes: ["402913"],
        receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
  });

  it("is a page in a browser that runs nothing, whatever a mail says", async () => {
    await mailed(
      ["page@example.com"],
      ["Subject: <script>1</script>", "Content-Type: text/html", "", '<p onclick="x">"hello"</p><script>2</script>'],
    );
    const { headers, body } = await read("/?to=page@example.com", { accept: "text/html,*/*" });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src data:; /,
    );
    expect(body).not.toContain("<script");
    expect(body).toContain('<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail" srcdoc="');
    expect(body).toContain("&lt;p onclick=&quot;x&quot;&gt;");
  });

  it("is a page that looks again by itself only while there is no mail to be disturbed in reading", async () => {
    await mailed(["reader@example.com"], plain("to be read", "1"));
    const page = async (to: string): Promise<string> => (await read(`/?to=${to}`, { accept: "text/html" })).body;
    expect(await page("nobody@example.com")).toMatch(/http-equiv="refresh"/);
    expect(await page("reader@example.com")).not.toMatch(/http-equiv="refresh"/);
    expect(await page("reader@example.com")).toContain('<a href="">Look again</a>');
  });

  it("answers under names of this machine alone", async () => {
    expect((await read("/", { host: "evil.example.com" })).status).toBe(421);
    expect((await read("/", { host: "localhost:1" })).status).toBe(200);
    expect((await read("/other")).status).toBe(404);
  });

  it("comes back on its ports, empty", async () => {
    const before = [mailbox.url, mailbox.smtpUrl];
    await mailbox.kill();
    await mailbox.restart();
    expect([mailbox.url, mailbox.smtpUrl]).toEqual(before);
    expect(await messagesOf("/")).toEqual([]);
    expect(await mailed(["ada@example.com"], plain("again", "1"))).toMatch(/^250/);
  });

  it("keeps the last five hundred", async () => {
    for (let index = 0; index < 6; index += 1) {
      await mailed(
        Array.from({ length: 100 }, (_, each) => `many${index}-${each}@example.com`),
        plain("many", "1"),
      );
    }
    const messages = await messagesOf("/");
    expect(messages).toHaveLength(500);
    expect(messages[0]?.to).toMatch(/^many5-/);
  });
});

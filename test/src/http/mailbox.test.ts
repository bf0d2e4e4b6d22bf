import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startMailbox } from "@lanyard/local-cloud";
import { smtpMailServer } from "@lanyard/notification-service";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

const path = "/dev/mailbox";
let system: InProcessSystem;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await system.stop();
  await Promise.all(ends.splice(0).map((end) => end()));
});

const begin = async (settings: InProcessOptions["settings"] = {}): Promise<void> => {
  system = await inProcessSystem({ workers: [], settings });
};

/** A mailbox with one mail in it, to Ada by default. */
async function mailboxWithMail(to = "ada@example.com"): Promise<string> {
  const mailbox = await startMailbox();
  ends.push(() => mailbox.stop());
  const { hostname: host, port } = new URL(mailbox.smtpUrl);
  const server = smtpMailServer({ host, port: Number(port), tls: "never" });
  const mail = {
    from: { name: "Lanyard", address: "no-reply@example.com" },
    to,
    locale: "en",
    subject: "Sign in",
    text: "402913 https://example.com/#token=x",
    html: "<p>402913</p><script>1</script>",
    date: "2026-01-01T00:00:00.000Z",
  } as const;
  await server.send(mail, { messageId: "<1@example.com>" });
  server.close();
  return mailbox.url;
}

describe("the mailbox of a development stack", () => {
  it("is shown as the document says, to one address or to all", async () => {
    await begin({ development: true, mailboxUrl: await mailboxWithMail() });
    const { status, body } = await system.call("GET", `${path}?to=ada@example.com`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      messages: [{ to: "ada@example.com", codes: ["402913"], links: ["https://example.com/#token=x"] }],
    });
    expect((await system.call("GET", `${path}?to=bob@example.com`)).body).toEqual({ messages: [] });
    expect((await system.call("GET", `${path}?from=ada@example.com`)).status).toBe(400);
  });

  it.each(["ada+7f3a@example.com", "ada%2B7f3a@example.com"])("finds the address %s", async (to) => {
    await begin({ development: true, mailboxUrl: await mailboxWithMail("ada+7f3a@example.com") });
    const { body } = await system.call("GET", `${path}?to=${to}`);
    expect(body).toMatchObject({ messages: [{ to: "ada+7f3a@example.com" }] });
  });

  it("is a page in a browser, which runs nothing and loads nothing", async () => {
    await begin({ development: true, mailboxUrl: await mailboxWithMail() });
    const { headers, body } = await system.request("GET", path, { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src data:;/,
    );
    expect(String(body)).toContain("&lt;script&gt;1&lt;/script&gt;");
    expect(String(body)).not.toContain("<script");
  });

  it("is held to the gateway's own policy when its page says none", async () => {
    const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>mails"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    await begin({ development: true, mailboxUrl: `http://127.0.0.1:${port}` });
    const { headers, body } = await system.request("GET", path, { headers: { accept: "text/html" } });
    expect([body, headers["content-security-policy"]]).toEqual([
      "<p>mails",
      "default-src 'none';frame-ancestors 'none'",
    ]);
  });

  it("is not shown under another name than this machine's", async () => {
    await begin({ development: true, mailboxUrl: await mailboxWithMail() });
    expect((await system.request("GET", path, { headers: { host: "evil.example.com" } })).status).toBe(404);
  });

  it("is unavailable when there is none, or it does not answer", async () => {
    await begin({ development: true });
    expect((await system.call("GET", path)).status).toBe(503);
    await system.stop();
    await begin({ development: true, mailboxUrl: "http://127.0.0.1:1" });
    expect((await system.call("GET", path)).status).toBe(503);
  });
});

describe("production", () => {
  it("has no mailbox, whatever it is configured with", async () => {
    await begin({ mailboxUrl: await mailboxWithMail() });
    for (const method of ["GET", "POST"]) {
      const { status, body } = await system.request(method, path);
      expect([status, body]).toMatchObject([404, { code: "not_found" }]);
    }
  });
});

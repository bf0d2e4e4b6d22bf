import { afterEach, describe, expect, it } from "@jest/globals";
import type { MailboxMessage } from "@lanyard/local-cloud";
import { readText } from "../repository/repository-files.ts";
import { type SystemWithMailbox, systemWithMailbox } from "../support/system-with-mailbox.ts";

const json = /```json\n([\s\S]*?)```/.exec(readText("docs/testing.md"))?.[1] ?? "";
const pageUrl = "http://localhost:8080";
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let own: SystemWithMailbox;
afterEach(() => own.stop());

describe("the mail in docs/testing.md", () => {
  it("has the fields of a real one, with what they say", async () => {
    const shown = (JSON.parse(json) as { readonly messages: readonly MailboxMessage[] }).messages[0];
    if (shown === undefined) throw new Error("the page shows no mail");
    own = await systemWithMailbox();
    await own.system.call("POST", "/api/v2/auth/magic-link", { json: { email: shown.to } });
    const mail = await own.mailTo(shown.to);

    expect(Object.keys(mail)).toEqual(Object.keys(shown));
    expect(mail).toMatchObject({ to: shown.to, subject: shown.subject });
    const beginnings = shown.links.map((link) => link.replace("…", "").replace(pageUrl, own.system.baseUrl));
    expect(mail.links).toEqual(beginnings.map((beginning) => expect.stringContaining(beginning)));
    expect([shown.codes, mail.codes]).toEqual([[expect.stringMatching(/^\d{6}$/)], [expect.stringMatching(/^\d{6}$/)]]);
    expect([shown.receivedAt, mail.receivedAt]).toEqual([expect.stringMatching(time), expect.stringMatching(time)]);
  });
});

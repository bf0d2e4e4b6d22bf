import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GOOD_PASSWORD } from "../support/passwords.ts";
import { type SystemWithMailbox, systemWithMailbox } from "../support/system-with-mailbox.ts";
import { bearerOf, tokensOf } from "../support/visitor.ts";

let started: SystemWithMailbox;
let bearer: { readonly authorization: string };
beforeAll(async () => {
  started = await systemWithMailbox();
  await ask("password/register", { email: "ada@example.com", password: GOOD_PASSWORD });
  const token = (await started.mailTo("ada@example.com")).links[0]?.split("#token=")[1];
  bearer = bearerOf(tokensOf(await ask("magic-link/verify", { token })));
});
afterAll(() => started.stop());

const ask = (path: string, json: object) => started.system.call("POST", `/api/v2/auth/${path}`, { json });
const asks = {
  registration: (email: string, locale: string) => ask("password/register", { email, password: GOOD_PASSWORD, locale }),
  reset: (email: string, locale: string) => ask("password-resets", { email, locale }),
  change: (email: string, locale: string) =>
    started.system.call("PATCH", "/api/v2/auth/me", { json: { email, locale }, headers: bearer }),
};

describe("a mail, as it arrives by SMTP,", () => {
  it.each([
    ["registration", "en", "Confirm your address for Lanyard", "ml_", 1],
    ["registration", "de", "Bestätige deine Adresse für Lanyard", "ml_", 1],
    ["reset", "en", "Choose a new password for Lanyard", "pr_", 0],
    ["reset", "de", "Wähle ein neues Passwort für Lanyard", "pr_", 0],
    ["change", "en", "Confirm your new address for Lanyard", "ec_", 0],
    ["change", "de", "Bestätige deine neue Adresse für Lanyard", "ec_", 0],
  ] as const)("about a %s in %s says what it is, and has one link", async (what, locale, subject, prefix, codes) => {
    const address = `${what}-${locale}@example.com`;
    expect((await asks[what](address, locale)).status).toBeLessThan(300);
    const mail = await started.mailTo(address);

    expect(mail.subject).toBe(subject);
    expect(new Set(mail.links).size).toBe(1);
    expect(mail.links[0]).toContain(`/auth/continue#token=${prefix}`);
    expect(new Set(mail.codes).size).toBe(codes);
    expect(mail.html).toContain(`<html lang="${locale}">`);
    for (const form of [mail.text, mail.html]) expect(form).toContain(address);
    expect(`${mail.text}${mail.html}`).not.toContain(GOOD_PASSWORD);
  });
});

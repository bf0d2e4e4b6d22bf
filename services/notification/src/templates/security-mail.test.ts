import { describe, expect, it } from "@jest/globals";
import { type Locale, locale, mailTemplate } from "@lanyard/contracts";
import type { SecurityTemplate } from "../security-mails/mail-of-event.ts";
import { securityMail } from "./security-mail.ts";
import { securityStrings } from "./security-strings.ts";

const link = "https://lanyard.example.com/auth/not-me#token=nm_secret";
const mail = (template: SecurityTemplate, language: Locale, given: object = {}) =>
  securityMail({
    product: "Lanyard",
    locale: language,
    template,
    email: "ada@example.com",
    at: Date.parse("2026-11-21T12:34:00.000Z"),
    from: { ip: "203.0.113.7", device: "Firefox, Linux" },
    data: {},
    link: template === "new-device" ? link : undefined,
    ...given,
  });
const templates = Object.keys(securityStrings.en.mails) as SecurityTemplate[];
const all = locale.options.flatMap((language) => templates.map((template) => [template, language] as const));

describe("a mail on what has happened to an account", () => {
  it("is there for each that is no challenge, in every language", () => {
    const ofChallenges = ["sign-in", "registration", "password-reset", "email-change"];
    const expected = mailTemplate.options.filter((each) => !ofChallenges.includes(each)).sort();
    for (const language of locale.options) {
      expect(Object.keys(securityStrings[language].mails).sort()).toEqual(expected);
    }
  });

  it.each(all)("%s, in %s, says what, when and what to do, in text and in HTML alike", (template, language) => {
    const { subject, text, html } = mail(template, language);
    const strings = securityStrings[language].mails[template];

    expect(subject).toBe(strings.subject("Lanyard"));
    for (const part of [strings.body({ product: "Lanyard" }), strings.advice("Lanyard")]) {
      expect(text).toContain(part);
      expect(html.replaceAll("&#39;", "'")).toContain(part);
    }
    expect(text).toContain(language === "en" ? "21 November 2026" : "21. November 2026");
    expect(text).toContain("12:34");
    expect(html).toContain(`<html lang="${language}">`);
    expect(text.includes(link)).toBe(template === "new-device");
    expect(html.includes(link)).toBe(template === "new-device");
  });

  it.each([
    ["en", "gives your account this address back", "for 7 days", "for 30 days", "was taken back"],
    ["de", "gibt deinem Konto diese Adresse zurück", "7 Tage lang", "30 Tage lang", "wurde zurückgenommen"],
  ] as const)(
    "on a change of address has, in %s, a link that undoes it for a week, and none on an undo",
    (language, does, week, month, back) => {
      const undoLink = "https://lanyard.example.com/auth/undo-email-change#token=eu_secret";
      const asking = mail("email-changed", language, { link: undoLink });
      for (const said of [does, week, undoLink]) expect(asking.text).toContain(said);
      for (const said of [does, week, "eu_secret"]) expect(asking.html).toContain(said);
      expect(asking.text).not.toContain(back);
      expect(asking.text).toContain("203.0.113.7");
      const undone = mail("email-changed", language, { data: { undoes: "op_1" } });
      expect(undone.text).toContain(back);
      for (const said of [does, week, "203.0.113.7"]) expect(undone.text).not.toContain(said);
      expect(mail("new-device", language).text).toContain(month);
    },
  );

  it("names neither the new address to the old one, nor where operators are", () => {
    expect(mail("email-changed", "en").text).not.toContain("ada@example.com");
    expect(mail("sessions-revoked", "en").text).not.toContain("203.0.113.7");
    expect(mail("second-factor-off", "en", { data: { by: "key:deploy" } }).text).not.toMatch(/203\.0\.113\.7|deploy/);
    expect(mail("password-set", "en").text).toContain("203.0.113.7 (Firefox, Linux)");
    expect(mail("second-factor-off", "en").text).toContain("203.0.113.7 (Firefox, Linux)");
  });

  it.each([
    ["en", "Lanyard has turned the second factor of your account off"],
    ["de", "Lanyard hat den zweiten Faktor deines Kontos ausgeschaltet"],
  ] as const)("says, in %s, whether an operator has lifted a second factor", (language, said) => {
    expect(mail("second-factor-off", language, { data: { by: "key:deploy" } }).text).toContain(said);
    expect(mail("second-factor-off", language).text).not.toContain(said);
  });

  it("lets nothing that others chose be read as markup", () => {
    const { html } = mail("password-set", "en", {
      email: '"<b>"@example.com',
      product: "<i>",
      from: { ip: "<s>", device: undefined },
    });
    for (const tag of ["<b>", "<i>", "<s>"]) expect(html).not.toContain(tag);
  });

  it.each([
    [0, "0 backup codes are left"],
    [1, "1 backup code is left"],
    [9, "9 backup codes are left"],
  ])("says how many backup codes are left: %d", (left, said) => {
    expect(mail("backup-code-used", "en", { data: { left } }).text).toContain(said);
  });
});

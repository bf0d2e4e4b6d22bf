import { describe, expect, it } from "@jest/globals";
import { commands, type Locale } from "@lanyard/contracts";
import { signInMail } from "./sign-in-mail.ts";
import { signInStrings } from "./sign-in-strings.ts";

const now = Date.parse("2026-11-21T14:17:03.000Z");
const link = { value: "https://lanyard.example.com/auth/continue?a=1&b=2#token=x", expiresAt: now + 3_600_000 };
const code = { value: "402913", expiresAt: now + 600_000 };
const asked = { at: now - 120_000, ip: "203.0.113.7", device: "Firefox, Linux" };
const kinds = [
  { template: "sign-in", kind: "link and code", link, code },
  { template: "sign-in", kind: "code", link: undefined, code },
  { template: "sign-in", kind: "link", link, code: undefined },
  { template: "registration", kind: "link and code", link, code },
  { template: "registration", kind: "code", link: undefined, code },
  { template: "password-reset", kind: "link", link, code: undefined },
  { template: "email-change", kind: "link", link, code: undefined },
] as const;
const templates = ["sign-in", "registration", "password-reset", "email-change"] as const;
const locales = commands.notification.sendSignInMail.input.shape.locale.options;
const cases = locales.flatMap((locale) => kinds.map((kind) => ({ ...kind, locale })));
const mailOf = (locale: Locale, parts: Partial<Parameters<typeof signInMail>[0]> = {}) =>
  signInMail({
    template: "sign-in",
    product: "Lanyard",
    locale,
    email: "ada@example.com",
    link,
    code,
    asked,
    now,
    ...parts,
  });

describe.each(cases)("the $template mail with $kind in $locale", (given) => {
  const { subject, text, html } = mailOf(given.locale, {
    template: given.template,
    link: given.link,
    code: given.code,
  });

  it("has what it is for in text and HTML alike, and nothing of it in its subject", () => {
    for (const [part, inText, inHtml] of [
      [given.link?.value, given.link?.value, given.link?.value.replace("&", "&amp;")],
      [given.code?.value, given.code?.value, given.code?.value],
    ]) {
      if (part === undefined) continue;
      expect(text).toContain(inText);
      expect(html).toContain(inHtml);
      expect(subject).not.toContain(part);
    }
    expect(subject).not.toMatch(/\d/);
    if (given.link === undefined) expect(`${text}${html}`).not.toContain("auth/continue");
    if (given.code === undefined) expect(`${text}${html}`).not.toContain("402913");
  });

  it("says whose account, who asked and when, until when, and that nothing happens if it is ignored", () => {
    for (const form of [text, html]) {
      expect(form).toContain("ada@example.com");
      expect(form).toContain("203.0.113.7 (Firefox, Linux)");
      expect(form).toMatch(/14:15 (UTC on 21 November, from|Uhr UTC am 21\. November von) 203/);
      expect(form).toContain(signInStrings[given.locale].of[given.template].ignore);
      expect(form.includes("15:17")).toBe(given.link !== undefined);
      expect(form.includes("14:27")).toBe(given.code !== undefined);
    }
  });

  it("loads nothing, runs nothing, and says its language", () => {
    expect(html).toContain(`<html lang="${given.locale}">`);
    expect(html).not.toMatch(/<(img|script|iframe|link|form|object)\b|url\(|@import|\son\w+=/i);
  });
});

describe.each(locales)("a sign-in mail in %s", (locale) => {
  it.each(templates)("about %s has every value escaped that comes from outside", (template) => {
    const nasty = `<b x='1' y="2">&amp;`;
    const { html } = mailOf(locale, {
      template,
      product: nasty,
      email: `${nasty}@example.com`,
      link: { value: `https://example.com/"><script>alert(1)</script>`, expiresAt: link.expiresAt },
      code: { value: nasty, expiresAt: code.expiresAt },
      asked: { at: now, ip: nasty, device: nasty },
    });
    expect(html).not.toContain("<b x=");
    expect(html).not.toContain("<script");
    expect(html).not.toContain(`com/"`);
    expect(html.match(/&lt;b x=&#39;1&#39; y=&quot;2&quot;&gt;&amp;amp;/g)?.length).toBeGreaterThan(5);
  });

  it("has strings that need no escaping", () => {
    const { of, ...common } = signInStrings[locale];
    const strings = [common, ...Object.values(of)]
      .flatMap(Object.values)
      .map((value) => (typeof value === "function" ? (value as (...words: string[]) => string)("a", "b") : value));
    expect(strings.length).toBeGreaterThan(20);
    for (const value of strings) expect(value).not.toMatch(/[<>&"]/);
  });

  it("says of each thing that it is for something else: no two are mistaken", () => {
    for (const form of ["subject", "text"] as const) {
      const said = templates.map((template) => mailOf(locale, { template })[form]);
      expect(new Set(said).size).toBe(templates.length);
    }
    for (const template of templates.slice(1))
      expect(mailOf(locale, { template }).subject).not.toMatch(/sign in|anmelden/i);
  });

  it("gives whole hours as hours, and a moment as a minute", () => {
    expect(mailOf(locale).text).toMatch(/\b1 (hour|Stunde)\b/);
    expect(mailOf(locale, { code: { ...code, expiresAt: now + 10 } }).text).toMatch(/\b1 (minute|Minute)\b/);
  });
});

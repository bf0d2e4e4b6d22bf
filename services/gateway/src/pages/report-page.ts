import { createHash } from "node:crypto";
import { type Locale, locale, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { preferredLocale } from "../challenges/requests-challenge.ts";
import { reportTexts } from "./report-texts.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
p { margin: 0 0 1.5rem; opacity: .8; }
label { display: block; margin: 0 0 1rem; }
button { font: inherit; font-weight: 600; padding: .75rem 1.5rem; width: 100%; border: 0; border-radius: .5rem; background: #b3261e; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #7aa7f7; outline-offset: 2px; }
button:disabled { opacity: .6; cursor: default; }
[hidden] { display: none; }`;

/**
 * Takes the token out of the address before anything else, asks which sign-in it is about, and ends it only when the button is
 * pressed. What it is told goes into the page as text, never as markup.
 */
const script = `
"use strict";
const texts = JSON.parse(document.getElementById("texts").textContent);
const heading = document.querySelector("h1");
const hint = document.querySelector("p");
const form = document.querySelector("form");
const button = document.querySelector("button");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const lang = document.documentElement.lang;
history.replaceState(null, "", location.pathname);
heading.textContent = texts.checking;
const tell = (title, below = "") => {
  heading.textContent = title;
  hint.textContent = below;
};
const tellProblem = (code) => tell(texts[code] ?? texts.other);
const codeOf = async (response) => (await response.json().catch(() => ({}))).code;
const countryOf = (code) => {
  try { return new Intl.DisplayNames([lang], { type: "region" }).of(code); } catch { return code; }
};
const show = async () => {
  if (token === "") return tell(texts.empty);
  const response = await fetch("${routes.readReport.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  if (!response.ok) return tellProblem(await codeOf(response));
  const { openedAt, browser, os, country } = await response.json();
  const time = new Date(openedAt).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
  const device = [browser, os].filter(Boolean);
  const where = [...(device.length === 0 ? [texts.unknown] : device), ...(country ? [countryOf(country)] : [])].join(", ");
  tell(texts.title, texts.question.replace("{time}", () => time).replace("{where}", () => where) + " " + texts.hint);
  form.hidden = false;
  button.focus();
};
const report = async (tries = 0) => {
  button.disabled = true;
  hint.textContent = texts.working;
  const response = await fetch("${routes.reportSession.path}", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ token, others: form.elements.others.checked, newPassword: form.elements.newPassword.checked }),
  });
  if (response.status === 200) {
    const result = await response.json();
    form.hidden = true;
    return tell(texts.done, [texts.advice, ...(result.passwordReset ? [texts.mailed] : []), ...(result.isAddressNew ? [texts.addressNew] : [])].join(" "));
  }
  const code = await codeOf(response);
  if (tries < 10 && (response.status === 202 || code === "operation_in_progress")) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return report(tries + 1);
  }
  button.disabled = false;
  if (code in texts) form.hidden = true;
  tellProblem(code);
};
// One key for all presses and tries: after a lost answer it gets the first one's.
const bytes = crypto.getRandomValues(new Uint8Array(16));
bytes[6] = (bytes[6] & 15) | 64;
bytes[8] = (bytes[8] & 63) | 128;
const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const failed = () => { button.disabled = false; tellProblem("other"); };
button.addEventListener("click", () => void report().catch(failed));
show().catch(failed);`;

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** JSON in a script element: no text can end it. */
const embedded = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

function page(language: Locale): string {
  const said = reportTexts[language];
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${said["title"]}</title>
<style>${style}</style>
<main aria-live="polite">
<h1>${said["title"]}</h1>
<p><noscript>${said["noscript"]}</noscript></p>
<form hidden>
<label><input type="checkbox" name="others"> ${said["others"]}</label>
<label><input type="checkbox" name="newPassword"> ${said["newPassword"]}</label>
<button type="button">${said["button"]}</button>
</form>
</main>
<script type="application/json" id="texts">${embedded(said)}</script>
<script>${script}</script>
</html>
`;
}

/** `GET /auth/not-me`: where mails about a sign-in lead. The same page for every link: the token is in the fragment. */
export function reportPage(): RequestHandler {
  const pages = new Map(locale.options.map((language) => [language, page(language)]));
  return (request, response) => {
    const language = preferredLocale(request);
    response
      .set({
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Content-Language": language,
      })
      .vary("Accept-Language")
      .type("html")
      .send(pages.get(language));
  };
}

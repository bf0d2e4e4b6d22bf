import { escapeHtml, type Locale, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { type PrivatePage, privatePage } from "./private-page.ts";
import { reportTexts } from "./report-texts.ts";
import { sendScript, way } from "./send-script.ts";

/**
 * Takes the token out of the address before anything else, asks which sign-in it is about, and ends it only when the button is
 * pressed. What it is told goes into the page as text, never as markup.
 */
const script = `
"use strict";
const texts = JSON.parse(document.getElementById("texts").textContent);
const heading = document.querySelector("h1");
const hint = document.getElementById("hint");
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
${sendScript}
const countryOf = (code) => {
  try { return new Intl.DisplayNames([lang], { type: "region" }).of(code); } catch { return code; }
};
const show = async () => {
  if (token === "") return tell(texts.empty);
  const response = await fetch("${routes.readReport.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) return tellProblem(said.code);
  const { openedAt, browser, os, country } = said;
  const time = new Date(openedAt).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
  const device = [browser, os].filter(Boolean);
  const where = [...(device.length === 0 ? [texts.unknown] : device), ...(country ? [countryOf(country)] : [])].join(", ");
  tell(texts.title, texts.question.replace("{time}", () => time).replace("{where}", () => where) + " " + texts.hint);
  form.hidden = false;
  button.focus();
};
const report = async () => {
  button.disabled = true;
  hint.textContent = texts.working;
  const { others, newPassword } = form.elements;
  const asked = { token, others: others.checked, newPassword: newPassword.checked };
  const { isDone, said } = await send(${way(routes.reportSession)}, asked);
  if (isDone) {
    form.hidden = true;
    return tell(texts.done, [texts.advice, ...(said.passwordReset ? [texts.mailed] : []), ...(said.isAddressNew ? [texts.addressNew] : [])].join(" "));
  }
  button.disabled = false;
  if (said.code in texts) form.hidden = true;
  tellProblem(said.code);
};
const failed = () => { button.disabled = false; tellProblem("other"); };
button.addEventListener("click", () => void report().catch(failed));
show().catch(failed);`;

function pageOf(language: Locale): PrivatePage {
  const texts = reportTexts[language];
  const said = (name: string): string => escapeHtml(texts[name] ?? "");
  return {
    title: said("title"),
    noscript: said("noscript"),
    texts,
    body: `<form hidden>
<label class="choice"><input type="checkbox" name="others"> ${said("others")}</label>
<label class="choice"><input type="checkbox" name="newPassword"> ${said("newPassword")}</label>
<button type="button" class="ends">${said("button")}</button>
</form>`,
  };
}

/** `GET /auth/not-me`: where mails about a sign-in lead. The same page for every link: the token is in the fragment. */
export const reportPage = (): RequestHandler => privatePage(pageOf, script);

import { escapeHtml, type Locale, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { type PrivatePage, privatePage } from "./private-page.ts";
import { sendScript, way } from "./send-script.ts";
import { undoEmailTexts } from "./undo-email-texts.ts";

/**
 * Takes the token out of the address before anything else, asks which change it is about, and undoes it only when the button is
 * pressed. What it is told goes into the page as text, never as markup.
 */
const script = `
"use strict";
const { title, says, ends } = JSON.parse(document.getElementById("texts").textContent);
const heading = document.querySelector("h1");
const hint = document.getElementById("hint");
const button = document.getElementById("go");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const lang = document.documentElement.lang;
history.replaceState(null, "", location.pathname);
const tell = (above, below = "") => {
  heading.textContent = above;
  hint.textContent = below;
};
const tellProblem = (code) => {
  if (Object.hasOwn(ends, code)) button.hidden = true;
  tell(ends[code] ?? says[code] ?? says.other);
};
${sendScript}
const timeOf = (at) => new Date(at).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
const show = async () => {
  if (token === "") return tell(says.empty);
  const response = await fetch("${routes.readEmailChange.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) return tellProblem(said.code);
  const { changedAt, expiresAt } = said;
  const hinted = says.hint.replace("{until}", () => timeOf(expiresAt));
  tell(title, says.question.replace("{time}", () => timeOf(changedAt)) + " " + hinted);
  button.hidden = false;
  button.focus();
};
const undo = async () => {
  button.disabled = true;
  tell(title, says.working);
  const { isDone, said } = await send(${way(routes.undoEmailChange)}, { token });
  if (isDone) {
    button.hidden = true;
    return tell(says.done, says.advice);
  }
  button.disabled = false;
  tellProblem(said.code);
};
const failed = () => { button.disabled = false; tellProblem("other"); };
button.addEventListener("click", () => void undo().catch(failed));
tell(says.checking);
show().catch(failed);`;

function pageOf(language: Locale): PrivatePage {
  const texts = undoEmailTexts[language];
  return {
    title: escapeHtml(texts.title),
    noscript: escapeHtml(texts.noscript),
    texts,
    body: `<button id="go" type="button" hidden>${escapeHtml(texts.button)}</button>`,
  };
}

/** `GET /auth/undo-email-change`: where mails about a changed address lead. */
export const undoEmailPage = (): RequestHandler => privatePage(pageOf, script);

import { escapeHtml, type Locale, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { type PrivatePage, privatePage } from "./private-page.ts";
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
const codeOf = async (response) => (await response.json().catch(() => ({}))).code;
const timeOf = (at) => new Date(at).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
const show = async () => {
  if (token === "") return tell(says.empty);
  const response = await fetch("${routes.readEmailChange.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  if (!response.ok) return tellProblem(await codeOf(response));
  const { changedAt, expiresAt } = await response.json();
  const hinted = says.hint.replace("{until}", () => timeOf(expiresAt));
  tell(title, says.question.replace("{time}", () => timeOf(changedAt)) + " " + hinted);
  button.hidden = false;
  button.focus();
};
const undo = async (tries = 0) => {
  button.disabled = true;
  tell(title, says.working);
  const response = await fetch("${routes.undoEmailChange.path}", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ token }),
  });
  if (response.status === 200) {
    button.hidden = true;
    return tell(says.done, says.advice);
  }
  const code = await codeOf(response);
  if (tries < 10 && (response.status === 202 || code === "operation_in_progress")) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return undo(tries + 1);
  }
  button.disabled = false;
  tellProblem(code);
};
// One key for all presses and tries: after a lost answer it gets the first one's.
const bytes = crypto.getRandomValues(new Uint8Array(16));
bytes[6] = (bytes[6] & 15) | 64;
bytes[8] = (bytes[8] & 63) | 128;
const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
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

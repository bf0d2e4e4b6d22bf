import { createHash } from "node:crypto";
import { type Locale, locale, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { preferredLocale } from "../challenges/requests-challenge.ts";

/** What the page says, in each language. `{email}` and `{time}` are put in by the page itself. */
const texts: Record<Locale, Readonly<Record<string, string>>> = {
  en: {
    title: "Sign in",
    checking: "Checking your link …",
    question: "Sign in as {email}?",
    hint: "Go on only if you asked for this yourself. The link works once, until {time}.",
    button: "Sign in",
    working: "Signing in …",
    done: "You are signed in as {email}.",
    close: "You can close this page.",
    empty: "Open the link from the mail once more. This page keeps nothing of it.",
    token_invalid: "This link is not valid. It may have been cut off: open it from the mail again.",
    token_already_used: "This link has been used. Each link works once: ask for a new one.",
    token_expired: "This link has expired: ask for a new one.",
    rate_limited: "Too many tries from here. Wait a few minutes and open the link again.",
    other: "This did not work right now. Nothing was used up: try again.",
    noscript: "This page needs JavaScript, so that programs that only look at links cannot use yours up.",
  },
  de: {
    title: "Anmelden",
    checking: "Der Link wird geprüft …",
    question: "Als {email} anmelden?",
    hint: "Nur weitermachen, wenn du das selbst angefordert hast. Der Link gilt einmal, bis {time}.",
    button: "Anmelden",
    working: "Anmeldung läuft …",
    done: "Du bist als {email} angemeldet.",
    close: "Du kannst diese Seite schließen.",
    empty: "Öffne den Link noch einmal aus der Mail. Diese Seite behält nichts davon.",
    token_invalid:
      "Dieser Link ist nicht gültig. Vielleicht wurde er abgeschnitten: öffne ihn noch einmal aus der Mail.",
    token_already_used: "Dieser Link wurde schon benutzt. Jeder gilt einmal: fordere einen neuen an.",
    token_expired: "Dieser Link ist abgelaufen: fordere einen neuen an.",
    rate_limited: "Zu viele Versuche von hier. Warte einige Minuten und öffne den Link noch einmal.",
    other: "Das hat gerade nicht geklappt. Verbraucht wurde nichts: versuche es noch einmal.",
    noscript: "Diese Seite braucht JavaScript, damit Programme, die Links nur ansehen, deinen nicht verbrauchen.",
  },
};

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
p { margin: 0 0 1.5rem; opacity: .8; }
button { font: inherit; font-weight: 600; padding: .75rem 1.5rem; width: 100%; border: 0; border-radius: .5rem; background: #1f5fd0; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #7aa7f7; outline-offset: 2px; }
button:disabled { opacity: .6; cursor: default; }
[hidden] { display: none; }`;

/**
 * Tabs of its own origin are told of the sign-in, with its tokens; a page of another origin has to be where the link leads.
 * Takes the token out of the address before anything else, asks whom it would sign in, and spends it only when the button is
 * pressed. What it is told goes into the page as text, never as markup.
 */
const script = `
"use strict";
const texts = JSON.parse(document.getElementById("texts").textContent);
const heading = document.querySelector("h1");
const hint = document.querySelector("p");
const button = document.querySelector("button");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
heading.textContent = texts.checking;
const filled = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace("{" + key + "}", () => value), texts[name]);
const tell = (title, below = "") => {
  heading.textContent = title;
  hint.textContent = below;
};
const tellProblem = (code) => tell(texts[code] ?? texts.other);
const codeOf = async (response) => (await response.json().catch(() => ({}))).code;
const show = async () => {
  if (token === "") return tell(texts.empty);
  const response = await fetch("${routes.readMagicLink.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  if (!response.ok) return tellProblem(await codeOf(response));
  const { email, expiresAt } = await response.json();
  const time = new Date(expiresAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  tell(filled("question", { email }), filled("hint", { time }));
  button.hidden = false;
  button.focus();
};
const signIn = async (tries = 0) => {
  button.disabled = true;
  hint.textContent = texts.working;
  const response = await fetch("${routes.verifyMagicLink.path}", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ token }),
  });
  if (response.status === 200) {
    const result = await response.json();
    button.hidden = true;
    tell(filled("done", { email: result.user.email }), texts.close);
    new BroadcastChannel("lanyard").postMessage({ type: "signed-in", result });
    return;
  }
  const code = await codeOf(response);
  if (tries < 10 && (response.status === 202 || code === "operation_in_progress")) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return signIn(tries + 1);
  }
  button.disabled = false;
  if (code in texts) button.hidden = true;
  tellProblem(code);
};
// One key for all presses and tries: after a lost answer it gets the first one's.
const bytes = crypto.getRandomValues(new Uint8Array(16));
bytes[6] = (bytes[6] & 15) | 64;
bytes[8] = (bytes[8] & 63) | 128;
const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const failed = () => { button.disabled = false; tellProblem("other"); };
button.addEventListener("click", () => void signIn().catch(failed));
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
  const said = texts[language];
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
<button type="button" hidden>${said["button"]}</button>
</main>
<script type="application/json" id="texts">${embedded(said)}</script>
<script>${script}</script>
</html>
`;
}

/** `GET /auth/continue`: where links lead that name no other place. The same page for every link: the token is in the fragment. */
export function continuePage(): RequestHandler {
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

import { escapeHtml, type Locale } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { continueScript } from "./continue-script.ts";
import { continueTexts } from "./continue-texts.ts";
import { type PrivatePage, privatePage } from "./private-page.ts";

/** A form that password managers understand: whose password, the new one, and a code that is used once. */
function pageOf(language: Locale): PrivatePage {
  const texts = continueTexts[language];
  const { title, noscript, password, secondFactor } = texts;
  return {
    title: escapeHtml(title),
    noscript: escapeHtml(noscript),
    texts,
    body: `<form method="post" hidden novalidate>
<div id="password-part" hidden>
<input class="aside" id="username" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<label for="password">${escapeHtml(password.label)}</label>
<div class="field"><input id="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" aria-describedby="rule wrong">
<button class="quiet" id="reveal" type="button" aria-controls="password">${escapeHtml(password.show)}</button></div>
<p class="below"><span id="rule">${escapeHtml(password.rule)}</span><output id="count" for="password"></output></p>
</div>
<div id="code-part" hidden>
<label for="code">${escapeHtml(secondFactor.label)}</label>
<div class="field below"><input id="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" aria-describedby="wrong"></div>
</div>
<p class="wrong" id="wrong" role="alert"></p>
<button id="go"></button>
</form>`,
  };
}

/** `GET /auth/continue`: where links lead that name no other place, whatever they are for. */
export const continuePage = (): RequestHandler => privatePage(pageOf, continueScript);

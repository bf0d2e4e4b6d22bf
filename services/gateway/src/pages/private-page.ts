import { createHash } from "node:crypto";
import { type Locale, locale } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { preferredLocale } from "../challenges/requests-challenge.ts";

/** A page that a mail leads to, in one language. What it says of a person it learns by asking for it. */
export interface PrivatePage {
  readonly title: string;
  /** What it says without scripts, as text. */
  readonly noscript: string;
  /** What stands below the heading and the paragraph `hint`, as HTML. */
  readonly body: string;
  /** What its script finds as JSON in the element `texts`. */
  readonly texts: object;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --quiet: #8a93a0; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --wrong: #ffb4ab; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; overflow-wrap: anywhere; }
p { margin: 0 0 1.5rem; opacity: .8; }
label { display: block; margin: 0 0 .35rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .7rem .8rem; border: 1px solid var(--quiet); border-radius: .5rem; background: Field; color: FieldText; }
label.choice { margin: 0 0 1rem; font-weight: 400; }
label.choice input { width: auto; }
.field { display: flex; gap: .5rem; margin: 0 0 .35rem; }
.below { display: flex; justify-content: space-between; gap: 1rem; font-size: .875rem; margin: 0 0 1.25rem; }
.below output { white-space: nowrap; }
.wrong { color: var(--wrong); opacity: 1; font-size: .9375rem; margin: -.5rem 0 1.25rem; }
.wrong:empty { display: none; }
.aside { position: absolute; width: 1px; height: 1px; padding: 0; border: 0; clip-path: inset(50%); }
button { font: inherit; font-weight: 600; padding: .75rem 1.5rem; width: 100%; border: 0; border-radius: .5rem; background: #1f5fd0; color: #fff; cursor: pointer; }
button.ends { background: #b3261e; }
button.quiet { width: auto; padding: .7rem 1rem; border: 1px solid var(--quiet); background: transparent; color: inherit; font-weight: 400; }
button:focus-visible, input:focus-visible { outline: 3px solid #7aa7f7; outline-offset: 2px; }
button:disabled { opacity: .6; cursor: default; }
[hidden] { display: none !important; }`;

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const policyOf = (script: string): string =>
  [
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

const htmlOf = (
  language: Locale,
  { title, noscript, body, texts }: PrivatePage,
  script: string,
): string => `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style}</style>
<main aria-live="polite">
<h1>${title}</h1>
<p id="hint"><noscript>${noscript}</noscript></p>
${body}
</main>
<script type="application/json" id="texts">${embedded(texts)}</script>
<script>${script}</script>
</html>
`;

/**
 * A page of Lanyard's own for links whose token is in the fragment: the same for every link, in the browser's language. It runs
 * its own script and nothing else, is framed nowhere, and tells no other place where it was.
 */
export function privatePage(pageOf: (language: Locale) => PrivatePage, script: string): RequestHandler {
  const pages = new Map(locale.options.map((language) => [language, htmlOf(language, pageOf(language), script)]));
  const policy = policyOf(script);
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

import { routes } from "@lanyard/contracts";
import { sendScript, way } from "./send-script.ts";

/**
 * Takes the token out of the address before anything else, asks what it would do and to whom, and spends it only when the
 * button is pressed. What it is told goes into the page as text, never as markup. Tabs of its own origin are told of a
 * sign-in, with its tokens; a page of another origin has to be where the link leads.
 */
export const continueScript = `
"use strict";
const at = (id) => document.getElementById(id);
const texts = JSON.parse(at("texts").textContent);
const heading = document.querySelector("h1");
const form = document.querySelector("form");
const [hint, wrong, go, password, reveal, count, code] = ["hint", "wrong", "go", "password", "reveal", "count", "code"].map(at);
const MIN_LENGTH = 15;
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
heading.textContent = texts.checking;
const filled = (text, values) =>
  Object.entries(values).reduce((said, [key, value]) => said.replace("{" + key + "}", () => value), text);
const tell = (title, below = "") => {
  heading.textContent = title;
  hint.textContent = below;
};
const end = (title, below) => {
  form.hidden = true;
  password.value = code.value = "";
  tell(title, below);
};
${sendScript}
const signsIn = (result) => {
  if (result.secondFactor !== undefined) return begin(secondFactor(result.secondFactor.challengeId), {});
  end(filled(step.words.done, { email: result.user.email }), step.words.after);
  new BroadcastChannel("lanyard").postMessage({ type: "signed-in", result });
};
const ends = (values) => end(filled(step.words.done, values), step.words.after);
const byLink = { way: ${way(routes.verifyMagicLink)}, body: () => ({ token }), then: signsIn };
const steps = {
  magic_link: byLink,
  registration: byLink,
  password_reset: {
    way: ${way(routes.resetPassword)},
    body: () => ({ token, password: password.value }),
    then: () => ends({}),
    field: password,
  },
  email_change: { way: ${way(routes.confirmEmailChange)}, body: () => ({ token }), then: (said) => ends({ email: said.email }) },
};
const secondFactor = (challengeId) => ({
  way: ${way(routes.verifySecondFactor)},
  body: () => ({ challengeId, code: code.value.trim() }),
  then: signsIn,
  field: code,
  words: texts.secondFactor,
});
let step;
const begin = (next, values) => {
  step = next;
  const { words, field } = step;
  tell(filled(words.question, values), filled(words.hint, values));
  if (words.title) document.title = words.title;
  for (const each of [password, code]) at(each.id + "-part").hidden = each !== field;
  wrong.textContent = "";
  go.textContent = words.button;
  go.disabled = false;
  form.hidden = false;
  (field ?? go).focus();
};
/** What can be put right here is said where it is typed; true: it was. */
const complain = ({ code: problem, reason, minLength = MIN_LENGTH }) => {
  const { weak } = texts.password;
  if (problem === "password_too_weak") wrong.textContent = filled(weak[reason] ?? weak.other, { minLength });
  else if (problem === "totp_invalid") wrong.textContent = texts.secondFactor.wrong;
  else return false;
  step.field?.setAttribute("aria-invalid", "true");
  step.field?.focus();
  step.field?.select();
  return true;
};
const tellProblem = (problem) => (problem in texts.ends ? end(texts.ends[problem]) : tell(texts.other));
const show = async () => {
  if (token === "") return tell(texts.empty);
  const response = await fetch("${routes.readMagicLink.path}", { headers: { "X-Link-Token": token }, cache: "no-store" });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) return tellProblem(said.code);
  const { email, expiresAt, purpose } = said;
  const time = new Date(expiresAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  at("username").value = email;
  begin({ ...steps[purpose], words: texts.purposes[purpose] }, { email, time });
};
const press = async () => {
  wrong.textContent = "";
  step.field?.removeAttribute("aria-invalid");
  if (step.field?.value === "") return complain({ code: step.field === code ? "totp_invalid" : "password_too_weak", reason: "too_short" });
  const before = hint.textContent;
  conceal();
  go.disabled = true;
  hint.textContent = step.words.working;
  const { isDone, said } = await send(step.way, step.body());
  go.disabled = false;
  if (isDone) return step.then(said);
  hint.textContent = before;
  if (!complain(said)) tellProblem(said.code);
};
const conceal = (shown = false) => {
  password.type = shown ? "text" : "password";
  reveal.textContent = shown ? texts.password.hide : texts.password.show;
  reveal.setAttribute("aria-pressed", String(shown));
};
const measure = () => {
  const { length } = [...password.value.normalize("NFKC")];
  count.textContent = length < MIN_LENGTH ? length + " / " + MIN_LENGTH : length + " ✓";
};
const failed = () => {
  go.disabled = false;
  tell(texts.other);
};
reveal.addEventListener("click", () => conceal(password.type === "password"));
password.addEventListener("input", measure);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!go.disabled) void press().catch(failed);
});
conceal();
measure();
show().catch(failed);`;

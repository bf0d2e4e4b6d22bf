import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A small application with a sign-in form, as somebody might have it who uses Lanyard from the browser. */
const page = (lanyard: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>An application</title>
<form id="ask"><label>E-mail <input name="email" type="email" required></label> <button>Send me a code</button></form>
<form id="verify" hidden><label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code"></label> <button>Sign in</button></form>
<p role="status"></p>
<script>
const api = ${JSON.stringify(`${lanyard}/api/v2/auth`)};
const post = async (path, body) => {
  const response = await fetch(api + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return { ok: response.ok, body: await response.json() };
};
let challengeId;
ask.onsubmit = async (event) => {
  event.preventDefault();
  ({ body: { challengeId } } = await post("/otp", { email: ask.email.value }));
  verify.hidden = false;
};
verify.onsubmit = async (event) => {
  event.preventDefault();
  const { ok, body } = await post("/otp/verify", { challengeId, code: verify.code.value });
  document.querySelector("p").textContent = ok ? "Signed in as " + body.user.email : body.title;
};
</script></html>
`;

/** Serves the application on a free port of this machine; `lanyard` is asked for on each visit. */
export async function startSignInApp(
  lanyard: () => string,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(page(lanyard()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

import type { HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";
import { totpCode, totpStepAt } from "./virtual-authenticator.ts";
import { bearerOf, tokensOf, type Visitor } from "./visitor.ts";

type System = Pick<InProcessSystem, "call" | "clock">;
type Headers = Readonly<Record<string, string>>;
const STEP_MS = 30_000;

/** What an account holds that has a second factor. */
export interface Enrolled {
  readonly secret: string;
  readonly backupCodes: readonly string[];
}

/** What the app of a secret shows at this moment. */
export const shownCode = ({ clock }: Pick<System, "clock">, secret: string): string =>
  totpCode(secret, totpStepAt(clock.now()));

/** Waits until the app shows another code, as a code counts only once. */
export async function nextCode({ clock }: Pick<System, "clock">, secret: string): Promise<string> {
  await clock.advance(STEP_MS);
  return shownCode({ clock }, secret);
}

/** Turns a second factor on for a signed-in account, over HTTP. */
export async function enrolled(system: System, { bearer: headers }: Pick<Visitor, "bearer">): Promise<Enrolled> {
  const setUp = await system.call("POST", "/api/v2/auth/2fa/setup", { json: {}, headers });
  const { secret } = setUp.body as { secret: string };
  const code = shownCode(system, secret);
  const enabled = await system.call("POST", "/api/v2/auth/2fa/enable", { json: { code }, headers });
  if (enabled.status !== 200) throw new Error(`${enabled.status}: ${enabled.text}`);
  return { secret, backupCodes: (enabled.body as { backupCodes: string[] }).backupCodes };
}

/** The id of the sign-in that waits, of an answer that says so. */
export function waitingIn({ status, body, text }: HttpAnswer): string {
  const { secondFactor } = body as { secondFactor?: { challengeId: string } };
  if (status !== 200 || secondFactor === undefined) throw new Error(`${status}: ${text}`);
  return secondFactor.challengeId;
}

/** Answers a sign-in that waits. */
export const answered = (
  system: Pick<System, "call">,
  challengeId: string,
  code: string,
  headers: Headers = {},
): Promise<HttpAnswer> => system.call("POST", "/api/v2/auth/2fa/verify", { json: { challengeId, code }, headers });

/** Proves the second factor once more in a session; gives it with its new tokens. */
export async function steppedUp(system: Pick<System, "call">, visitor: Visitor, code: string): Promise<Visitor> {
  const answer = await system.call("POST", "/api/v2/auth/2fa/step-up", { json: { code }, headers: visitor.bearer });
  const tokens = tokensOf(answer);
  return { ...visitor, ...tokens, bearer: bearerOf(tokens) };
}

/** What an access token says, unverified. */
export const claimsIn = ({ accessToken }: { readonly accessToken: string }): Record<string, unknown> =>
  JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

import { httpSchemas } from "@lanyard/contracts";
import type { CallOptions, HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";
import { settled } from "./settled.ts";
import { signInMailTo } from "./sign-in-mail.ts";
import { bearerOf, tokensOf, type Visitor } from "./visitor.ts";

type Called = Pick<InProcessSystem, "call" | "mails" | "clock" | "transport">;
type Headers = NonNullable<CallOptions["headers"]>;

export const GOOD_PASSWORD = "correct horse battery";
export const OTHER_PASSWORD = "another horse battery";

/** Asks for an account with a password; gives back what the mail lets its reader do. */
export async function registration(system: Called, email: string, password: string = GOOD_PASSWORD) {
  const answer = await system.call("POST", "/api/v2/auth/password/register", { json: { email, password } });
  const { challengeId } = httpSchemas.challenge.parse(answer.body);
  await settled(system);
  return { challengeId, ...signInMailTo(system.mails, email) };
}

/** Opens a link that signs in. */
export const openLink = (system: Called, token: string): Promise<HttpAnswer> =>
  system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token } });

/** What a sign-in says, as a test goes on with it. */
export function signedInBy(answer: HttpAnswer): Visitor {
  const tokens = tokensOf(answer);
  const { user, session } = httpSchemas.authResult.parse(answer.body);
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

/** An account with a password, signed in by the proof of its address. */
export const registered = async (system: Called, email: string, password: string = GOOD_PASSWORD): Promise<Visitor> =>
  signedInBy(await openLink(system, (await registration(system, email, password)).token));

export const login = (
  system: Pick<InProcessSystem, "call">,
  email: string,
  password: string,
  headers: Headers = {},
): Promise<HttpAnswer> => system.call("POST", "/api/v2/auth/password/login", { json: { email, password }, headers });

/** Asks for a link to choose a password; gives back its token. */
export async function resetLink(system: Called, email: string): Promise<string> {
  await system.call("POST", "/api/v2/auth/password-resets", { json: { email } });
  await settled(system);
  return signInMailTo(system.mails, email).token;
}

export const reset = (system: Pick<InProcessSystem, "call">, token: string, password: string): Promise<HttpAnswer> =>
  system.call("PATCH", "/api/v2/auth/password-resets", { json: { token, password } });

export const changePassword = (
  system: Pick<InProcessSystem, "call">,
  { bearer }: Pick<Visitor, "bearer">,
  json: { readonly currentPassword?: string; readonly newPassword: string },
): Promise<HttpAnswer> => system.call("PATCH", "/api/v2/auth/me/password", { json, headers: bearer });

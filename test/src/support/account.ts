import type { InProcessSystem } from "./in-process-system.ts";
import { signInMailTo } from "./sign-in-mail.ts";
import { bearerOf, tokensOf, type Visitor } from "./visitor.ts";

/** A challenge for an address over HTTP, with what its mail says. */
export async function challengeFor(
  system: Pick<InProcessSystem, "call" | "mails" | "clock" | "transport">,
  email: string,
): Promise<{ readonly challengeId: string; readonly code: string; readonly token: string }> {
  const { body } = await system.call("POST", "/api/v2/auth/magic-link", { json: { email } });
  const busy = () => ["token", "notification"].some((queue) => system.transport.held(queue).length > 0);
  while (busy()) await system.clock.advance(100);
  return { challengeId: (body as { challengeId: string }).challengeId, ...signInMailTo(system.mails, email) };
}

/** Signs an account in over HTTP, by a link. */
export async function signInByMail(
  system: Pick<InProcessSystem, "call" | "mails" | "clock" | "transport">,
  email: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Visitor> {
  const { token } = await challengeFor(system, email);
  const answer = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token }, headers });
  const tokens = tokensOf(answer);
  const { user, session } = answer.body as { user: { id: string }; session: { id: string } };
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

import { sessionItem, userItem } from "@lanyard/contracts";
import { type ItemValue, typedItems } from "@lanyard/storage";
import type { HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";

export interface Visitor {
  readonly userId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The headers of its next request. */
  readonly bearer: { readonly authorization: string };
}

type Session = ItemValue<typeof sessionItem>;
type User = ItemValue<typeof userItem>;

export const bearerOf = ({ accessToken }: { readonly accessToken: string }): Visitor["bearer"] => ({
  authorization: `Bearer ${accessToken}`,
});

/** Signs a visitor in over HTTP. */
export async function signIn(system: Pick<InProcessSystem, "call">): Promise<Visitor> {
  const { body } = await system.call("POST", "/api/v2/auth/anonymous");
  const { user, session, tokens } = body as {
    user: { id: string };
    session: { id: string };
    tokens: { accessToken: string; refreshToken: string };
  };
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

/** Exchanges a refresh token over HTTP. */
export const refresh = (
  system: Pick<InProcessSystem, "call">,
  refreshToken: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> => system.call("POST", "/api/v2/auth/session/refresh", { json: { refreshToken }, headers });

/** The tokens of an answer that has some. */
export function tokensOf({ status, body, text }: HttpAnswer): Tokens {
  if (status !== 200 && status !== 201) throw new Error(`${status}: ${text}`);
  return (body as { readonly tokens: Tokens }).tokens;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What an answer says in few words: `200`, `403 session_revoked logout`. */
export function wordsOf({ status, body }: HttpAnswer): string {
  const { code, reason } = (typeof body === "object" && body !== null ? body : {}) as Record<
    string,
    string | undefined
  >;
  return [status, code, reason].filter((word) => word !== undefined).join(" ");
}

/** What `GET /auth/session` says to whoever shows this. */
export const seenBy = async (
  system: Pick<InProcessSystem, "call">,
  headers: Readonly<Record<string, string>>,
): Promise<string> => wordsOf(await system.call("GET", "/api/v2/auth/session", { headers }));

/** Changes a session in its table, as the session worker would. */
export async function changeSession(
  system: Pick<InProcessSystem, "table">,
  { userId, sessionId }: Pick<Visitor, "userId" | "sessionId">,
  change: Partial<Session>,
): Promise<void> {
  const sessions = typedItems(system.table("session"), sessionItem);
  const stored = await sessions.load(userId, sessionId);
  if (stored === undefined) throw new Error("there is no such session");
  await sessions.replace(stored, { ...stored.value, ...change }, { writtenBy: "test" });
}

/** Puts one more session of the same user beside the one that stands. */
export async function addSession(
  system: Pick<InProcessSystem, "table">,
  { userId, sessionId }: Pick<Visitor, "userId" | "sessionId">,
  added: Partial<Session> & Pick<Session, "sessionId">,
): Promise<void> {
  const sessions = typedItems(system.table("session"), sessionItem);
  const stored = await sessions.load(userId, sessionId);
  if (stored === undefined) throw new Error("there is no such session");
  await sessions.putIfAbsent({ ...stored.value, ...added }, [userId, added.sessionId], { writtenBy: "test" });
}

export async function changeUser(
  system: Pick<InProcessSystem, "table">,
  userId: string,
  change: Partial<User>,
): Promise<void> {
  const users = typedItems(system.table("identity"), userItem);
  const stored = await users.load(userId);
  if (stored === undefined) throw new Error("there is no such user");
  await users.replace(stored, { ...stored.value, ...change }, { writtenBy: "test" });
}

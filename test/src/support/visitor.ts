import { sessionItem, userItem } from "@lanyard/contracts";
import { type ItemValue, typedItems } from "@lanyard/storage";
import type { InProcessSystem } from "./in-process-system.ts";

export interface Visitor {
  readonly userId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  /** The headers of its next request. */
  readonly bearer: { readonly authorization: string };
}

type Session = ItemValue<typeof sessionItem>;
type User = ItemValue<typeof userItem>;

/** Signs a visitor in over HTTP. */
export async function signIn(system: Pick<InProcessSystem, "call">): Promise<Visitor> {
  const { body } = await system.call("POST", "/api/v2/auth/anonymous");
  const { user, session, tokens } = body as {
    user: { id: string };
    session: { id: string };
    tokens: { accessToken: string };
  };
  const { accessToken } = tokens;
  return { userId: user.id, sessionId: session.id, accessToken, bearer: { authorization: `Bearer ${accessToken}` } };
}

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

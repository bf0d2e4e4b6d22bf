import type { InProcessSystem } from "./in-process-system.ts";
import { settled } from "./settled.ts";
import { signInMailTo } from "./sign-in-mail.ts";
import type { Visitor } from "./visitor.ts";

type Called = Pick<InProcessSystem, "call" | "mails" | "clock" | "transport">;

const LINK = /\/auth\/undo-email-change#token=(\S+)/;

/** The token of the link in the last mail that told an address of a change; `undefined`: that mail has none. */
export function undoTokenTo(mails: InProcessSystem["mails"], address: string): string | undefined {
  const told = mails.findLast(({ to, subject }) => to === address && /address at .* was changed/.test(subject));
  if (told === undefined) throw new Error("nobody was told");
  return LINK.exec(told.text)?.[1];
}

/** Gives the account of a session another address, by the mail that proves it. */
export async function moveTo(system: Called, { bearer }: Pick<Visitor, "bearer">, email: string): Promise<void> {
  const asked = await system.call("PATCH", "/api/v2/auth/me", { json: { email }, headers: bearer });
  if (asked.status !== 200) throw new Error(asked.text);
  await settled(system);
  const { token } = signInMailTo(system.mails, email);
  const answer = await system.call("POST", "/api/v2/auth/email-changes/verify", { json: { token } });
  if (answer.status !== 200) throw new Error(answer.text);
  await settled(system);
}

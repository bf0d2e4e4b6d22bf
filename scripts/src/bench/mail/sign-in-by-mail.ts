import { setTimeout } from "node:timers/promises";
import { httpSchemas, routes } from "@lanyard/contracts";
import type { z } from "zod";
import type { HttpAnswer } from "../process/http-connection.ts";
import type { HttpRequest } from "../process/request-text.ts";

/** How a mail is answered. */
export type MailAnswer = "link" | "code";
type Mail = z.output<typeof httpSchemas.mailbox>["messages"][number];

export interface SignedIn {
  readonly userId: string;
  readonly accessToken: string;
  /** From asking until the mail was in the mailbox. */
  readonly mailedMs: number;
  /** From asking until there were tokens. */
  readonly signedInMs: number;
}

/** How often the mailbox is looked into: this much, at most, is the measurement's own. */
const lookAgainMs = 5;
/** No mail takes longer, and no benchmark waits for ever. */
const longestMs = 30_000;

/** The request that mails a link and a code, or a code alone. */
export const askForMail = (email: string, answer: MailAnswer): HttpRequest => ({
  method: "POST",
  path: answer === "link" ? routes.requestMagicLink.path : routes.requestEmailCode.path,
  body: JSON.stringify({ email }),
});

/** Signs in as somebody who answers as soon as the mail is there; the address must have got none before. */
export async function signInByMail(
  send: (request: HttpRequest) => Promise<HttpAnswer>,
  email: string,
  answer: MailAnswer,
): Promise<SignedIn> {
  const json = async (request: HttpRequest, expected: number): Promise<unknown> => {
    const { status, body } = await send(request);
    if (status !== expected) throw new Error(`${request.path} answered ${status}: ${body}`);
    return JSON.parse(body);
  };
  const startedAt = performance.now();
  const { challengeId } = httpSchemas.challenge.parse(await json(askForMail(email, answer), 202));
  const mail = await mailTo(email, json);
  const mailedMs = performance.now() - startedAt;
  const { user, tokens } = httpSchemas.authResult.parse(await json(answerTo(mail, answer, challengeId), 200));
  return { userId: user.id, accessToken: tokens.accessToken, mailedMs, signedInMs: performance.now() - startedAt };
}

async function mailTo(
  email: string,
  json: (request: HttpRequest, expected: number) => Promise<unknown>,
): Promise<Mail> {
  const path = `${routes.readMailbox.path}?to=${encodeURIComponent(email)}`;
  const until = performance.now() + longestMs;
  while (performance.now() < until) {
    const [mail] = httpSchemas.mailbox.parse(await json({ method: "GET", path }, 200)).messages;
    if (mail !== undefined) return mail;
    await setTimeout(lookAgainMs);
  }
  throw new Error(`no mail within ${longestMs} ms`);
}

/** The request that a mail is answered with. @throws Error when there is nothing in it to answer with */
export function answerTo(
  { links, codes }: Pick<Mail, "links" | "codes">,
  answer: MailAnswer,
  challengeId: string,
): HttpRequest {
  if (answer === "code") {
    const [code] = codes;
    if (code === undefined) throw new Error("a mail without a code");
    return { method: "POST", path: routes.verifyEmailCode.path, body: JSON.stringify({ challengeId, code }) };
  }
  const [token] = links.flatMap((link) => new URLSearchParams(new URL(link).hash.slice(1)).getAll("token"));
  if (token === undefined) throw new Error("a mail without a link that signs in");
  return { method: "POST", path: routes.verifyMagicLink.path, body: JSON.stringify({ token }) };
}

import type { HttpAnswer } from "./http-call.ts";
import type { InProcessSystem } from "./in-process-system.ts";

/** Asks for an anonymous sign-in with an `Idempotency-Key`. */
export const askWithKey = (
  at: Pick<InProcessSystem, "call">,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> =>
  at.call("POST", "/api/v2/auth/anonymous", { headers: { "idempotency-key": key, ...headers } });

export const operationOf = ({ headers }: HttpAnswer): string => String(headers["x-operation-id"]);

/** What a replay must repeat to the letter. */
export const letterOf = (answer: HttpAnswer): readonly unknown[] => [
  answer.status,
  answer.text,
  operationOf(answer),
  answer.headers["content-type"],
];

/** How many users there are. */
export const usersOf = (system: Pick<InProcessSystem, "table">): number => system.table("identity").dump().length;

import { routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { ProblemError, sendProblem } from "../http/problem.ts";
import { validQuery } from "../http/validate-query.ts";

export interface ReadMailboxDeps {
  /** Where the mailbox answers; absent: there is none. */
  readonly url?: string;
}

const ANSWER_WITHIN_MS = 5000;
/** A page of another name that was made to lead here must not read mails. */
const LOCAL_NAMES = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Shows what the mailbox of a development stack has received: as JSON, or as a page in a browser. */
export const readMailbox =
  ({ url }: ReadMailboxDeps): RequestHandler =>
  async (request, response) => {
    if (!LOCAL_NAMES.test(request.headers.host ?? "")) throw new ProblemError("not_found");
    const { to } = validQuery(routes.readMailbox.query, request);
    if (url === undefined) return sendProblem(response, "service_unavailable");
    const type = request.accepts(["application/json", "text/html"]) === "text/html" ? "text/html" : "application/json";
    const asked = new URL(url);
    if (typeof to === "string") asked.searchParams.set("to", to);
    const answer = await read(asked, type).catch(() => undefined);
    if (answer === undefined) return sendProblem(response, "service_unavailable");
    // The page knows what it needs; one that does not say keeps the gateway's own policy, which allows nothing.
    if (type === "text/html" && answer.policy !== null) response.set("Content-Security-Policy", answer.policy);
    response.set("Vary", "Accept").type(type).send(answer.body);
  };

async function read(url: URL, accept: string) {
  const answer = await fetch(url, { headers: { accept }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  return answer.ok ? { body: await answer.text(), policy: answer.headers.get("content-security-policy") } : undefined;
}

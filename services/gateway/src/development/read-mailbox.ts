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
/** The page shows mails in frames that inherit this: nothing runs, nothing is loaded. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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
    const body = await fetch(asked, { headers: { accept: type }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
      .then((answer) => (answer.ok ? answer.text() : undefined))
      .catch(() => undefined);
    if (body === undefined) return sendProblem(response, "service_unavailable");
    if (type === "text/html") response.set("Content-Security-Policy", PAGE_POLICY);
    response.set("Vary", "Accept").type(type).send(body);
  };

import { andonSchemas, routes } from "@lanyard/contracts";
import type { Clock, Log } from "@lanyard/messaging";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { eventStream, prefersEventStream } from "../http/event-stream.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { ProblemError, problemBody } from "../http/problem.ts";
import { contextOf } from "../http/request-context.ts";
import { validQuery } from "../http/validate-query.ts";
import { orInvalidCursor } from "../reads/or-invalid-cursor.ts";
import type { BulkRevocations } from "../revocations/bulk-revocations.ts";
import { isComplete, type RevocationReceipt } from "../revocations/revocation-receipt.ts";
import { showed } from "./operator-actions.ts";

export interface ReadRevocationDeps {
  readonly bulkRevocations: Pick<BulkRevocations, "receipt">;
  /** Lets an operator read on. @throws ProblemError */
  readonly stillOperates: (response: Response) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

const PAGE = 50;
/** How often a receipt that is streamed is looked at. */
const LOOK_EVERY_MS = 500;

/** `GET /admin/revocations`: those in force, the newest pull first. */
export const listRevocations =
  ({ bulkRevocations }: { readonly bulkRevocations: Pick<BulkRevocations, "list"> }): RequestHandler =>
  async (request, response) => {
    const schema = routes.listRevocations.query;
    const { cursor: after } = schema.parse(validQuery(schema, request));
    const page = await orInvalidCursor(() => bulkRevocations.list({ limit: PAGE, after }));
    response.json(andonSchemas.revocationReceipts.parse(page));
  };

/** `GET /admin/revocations/{revocationId}`: its receipt as it stands, or as it changes until nothing will change any more. */
export const readRevocation =
  (deps: ReadRevocationDeps): RequestHandler =>
  async (request, response) => {
    const revocationId = revocationInPath(request);
    showed(response, [revocationId]);
    const receipt = await deps.bulkRevocations.receipt(revocationId);
    if (receipt === undefined) throw new ProblemError("revocation_not_found");
    if (prefersEventStream(request)) return streamReceipt(deps, receipt, response);
    response.json(andonSchemas.revocationReceipt.parse(receipt));
  };

function revocationInPath(request: Request): string {
  const parsed = z.uuid().safeParse(request.params["revocationId"]);
  if (!parsed.success) throw new ProblemError("revocation_not_found");
  return parsed.data;
}

async function streamReceipt(deps: ReadRevocationDeps, first: RevocationReceipt, response: Response): Promise<void> {
  const hungUp = hangUpOf(response);
  const events = eventStream(response, deps.clock);
  let told = "";
  for (let receipt: RevocationReceipt = first; ; receipt = await readAgain(deps, receipt)) {
    const shown = andonSchemas.revocationReceipt.parse(receipt);
    const text = JSON.stringify(shown);
    if (text !== told) events.send("receipt", shown);
    told = text;
    if (isComplete(receipt)) {
      events.send("done", shown);
      break;
    }
    await deps.clock.sleep(LOOK_EVERY_MS, hungUp);
    if (hungUp.aborted) return;
    try {
      // Whoever may operate no longer is told so, and no more.
      await deps.stillOperates(response);
    } catch (error) {
      const { code, extra } = error instanceof ProblemError ? error : new ProblemError("service_unavailable");
      events.send("problem", { problem: problemBody(code, contextOf(response).requestId, extra) });
      break;
    }
  }
  events.end();
}

/** A table that does not answer says nothing new. */
async function readAgain(
  { bulkRevocations, log }: ReadRevocationDeps,
  last: RevocationReceipt,
): Promise<RevocationReceipt> {
  try {
    return (await bulkRevocations.receipt(last.revocationId)) ?? last;
  } catch (error) {
    log.warn({ err: error, revocationId: last.revocationId }, "a receipt could not be read; trying again");
    return last;
  }
}

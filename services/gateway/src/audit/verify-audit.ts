import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { auditSchemas, routes } from "@lanyard/contracts";
import type { RequestHandler } from "express";
import { validQuery } from "../http/validate-query.ts";
import type { SealedLog } from "./sealed-log.ts";
import { verification } from "./verification.ts";

export interface VerifyAuditDeps {
  readonly sealedLog: SealedLog;
  readonly now: () => number;
}

/** `GET /admin/audit/verification`: line by line, as it is read; a line says how far it is, the last one that it was all. */
export const verifyAudit =
  ({ sealedLog, now }: VerifyAuditDeps): RequestHandler =>
  async (request, response) => {
    const schema = routes.verifyAudit.query;
    const { from, to, known } = schema.parse(validQuery(schema, request));
    const lines = verification({ log: sealedLog, now: now(), from: msOf(from), to: msOf(to), known });
    // The first line before the head: a table that is down can still be told.
    const first = await lines.next();
    response.type("application/x-ndjson");
    try {
      await pipeline(
        Readable.from(
          (async function* () {
            if (first.done !== true) yield textOf(first.value);
            for await (const line of lines) yield textOf(line);
          })(),
        ),
        response,
      );
    } catch (error) {
      // Whoever asked has gone: there is nobody to tell.
      if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
  };

const textOf = (line: unknown): string => `${JSON.stringify(auditSchemas.auditVerificationLine.parse(line))}\n`;

const msOf = (at: string | undefined): number | undefined => (at === undefined ? undefined : Date.parse(at));

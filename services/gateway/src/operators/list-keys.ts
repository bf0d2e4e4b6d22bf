import { httpSchemas } from "@lanyard/contracts";
import { acceptedKeysAt, signingKeyAt } from "@lanyard/session-manager";
import type { RequestHandler } from "express";
import type { z } from "zod";
import type { Projections, SigningKeyRecord } from "../reads/projections.ts";

type State = z.output<typeof httpSchemas.signingKeys>["keys"][number]["state"];

/** `GET /admin/keys`: every generation of the signing key as it stands in the table at this moment, newest first. */
export const listKeys =
  ({
    projections,
    now,
  }: {
    readonly projections: Pick<Projections, "signingKeys">;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  }): RequestHandler =>
  async (_request, response) => {
    const records = await projections.signingKeys();
    const at = now();
    const keys = records.map((record) => ({
      kid: record.publicJwk.kid,
      generation: record.generation,
      state: stateOf(record, records, at),
      createdAt: record.createdAt,
      activeFrom: record.activeFrom,
      ...(record.removedAt === undefined ? {} : { removedAt: record.removedAt }),
    }));
    response.json(httpSchemas.signingKeys.parse({ keys }));
  };

function stateOf(record: SigningKeyRecord, records: readonly SigningKeyRecord[], now: number): State {
  if (record.removedAt !== undefined) return "removed";
  if (signingKeyAt(records, now) === record) return "signs";
  if (Date.parse(record.activeFrom) > now) return "next";
  return acceptedKeysAt(records, now).includes(record) ? "accepted" : "retired";
}

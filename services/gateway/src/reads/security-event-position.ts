import { timestamp } from "@lanyard/contracts";
import { InvalidCursor } from "@lanyard/storage";
import { z } from "zod";

const position = z.strictObject({
  source: z.string().regex(/^(user|operation|\d{4}-\d\d-\d\d [\w.]+)$/),
  after: z.string().optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
});

/** Where a listing that walks over several listings goes on, and the span of time that it is of. */
export type Position = z.output<typeof position>;

/** Opaque to its holder. */
export const toPosition = (at: Position): string => Buffer.from(JSON.stringify(at)).toString("base64url");

/** @throws InvalidCursor */
export function fromPosition(cursor: string): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw new InvalidCursor();
  }
}

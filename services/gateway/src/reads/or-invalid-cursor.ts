import { InvalidCursor } from "@lanyard/storage";
import { ProblemError } from "../http/problem.ts";

/** Reads a page; a cursor that the listing did not give is the caller's mistake. @throws ProblemError */
export async function orInvalidCursor<Page>(read: () => Promise<Page>): Promise<Page> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InvalidCursor)) throw error;
    throw new ProblemError("validation_failed", { errors: [{ path: "cursor", message: "is not of this listing" }] });
  }
}

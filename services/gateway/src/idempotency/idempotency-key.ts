import type { Caller } from "@lanyard/contracts";
import { z } from "zod";
import { ProblemError } from "../http/problem.ts";

const LONGEST = 255;

/**
 * The key of `Idempotency-Key` (IETF httpapi draft 07): a structured string, or bare as most clients send it. Without a
 * signed-in caller it must be a UUID, so that nobody guesses another's.
 * @throws ProblemError `idempotency_key_invalid`
 */
export function idempotencyKeyOf(header: string | undefined, caller: Caller): string | undefined {
  if (header === undefined) return undefined;
  const key = /^"([^"\\]*)"$/.exec(header.trim())?.[1] ?? header.trim();
  const printable = key.length > 0 && key.length <= LONGEST && /^[\x21-\x7e]+$/.test(key) && !key.includes('"');
  if (!printable) throw malformed(`must be 1 to ${LONGEST} printable ASCII characters without spaces`);
  if (caller.kind === "none" && !z.uuid().safeParse(key).success)
    throw malformed("must be a UUID for callers that are not signed in");
  return key;
}

const malformed = (message: string): ProblemError =>
  new ProblemError("idempotency_key_invalid", { errors: [{ path: "Idempotency-Key", message }] });

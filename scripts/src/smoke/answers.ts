import { type ProblemCode, problemDetails, problems, wireCode } from "@lanyard/contracts";
import type { z } from "zod";
import type { Answer } from "./deployment.ts";
import { Unexpected } from "./unexpected.ts";

export interface ExpectedAnswer<S extends z.ZodType> {
  status: number;
  /** Default: application/json. */
  mediaType?: string;
  body: S;
}

/**
 * The body of an answer that is as expected. What is said of one that is not names fields, never what stands in them.
 * @throws Unexpected
 */
export function bodyOf<S extends z.ZodType>(answer: Answer, expected: ExpectedAnswer<S>): z.output<S> {
  const { status, mediaType = "application/json", body } = expected;
  const wanted = `${answer.request} to answer ${status} ${mediaType}`;
  if (answer.status !== status || answer.mediaType !== mediaType) throw new Unexpected(wanted, shown(answer));
  return checked(body, jsonOf(answer, wanted), answer.request);
}

/** The problem an answer tells (RFC 9457), which is the one of `code`. @throws Unexpected */
export function problemOf(answer: Answer, code: ProblemCode): z.output<typeof problemDetails> {
  const { status } = problems[code];
  const wanted = `${answer.request} to answer ${status} ${code}`;
  if (answer.status !== status || answer.mediaType !== "application/problem+json") {
    throw new Unexpected(wanted, shown(answer));
  }
  const problem = checked(problemDetails, jsonOf(answer, wanted), answer.request);
  if (problem.code !== wireCode(code) || problem.status !== status) throw new Unexpected(wanted, shown(answer));
  return problem;
}

/** A header that has to be there. @throws Unexpected */
export function headerOf(answer: Answer, name: string): string {
  const value = answer.headers.get(name);
  if (value === null || value === "")
    throw new Unexpected(`${answer.request} to answer with ${name}`, "no such header");
  return value;
}

/** `value` by its schema. @throws Unexpected naming the fields that are wrong */
export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`);
  throw new Unexpected(`${what} to have the form that the contracts give it`, faults.join("; "));
}

function jsonOf(answer: Answer, wanted: string): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    // What the parser says quotes the text, and so maybe a token.
    throw new Unexpected(wanted, `${shown(answer)} that is not JSON`);
  }
}

/** Status and media type, and the code of a problem; never the body. */
function shown(answer: Answer): string {
  const seen = `${answer.status} ${answer.mediaType || "without a media type"}`;
  try {
    const problem = problemDetails.safeParse(JSON.parse(answer.text));
    return problem.success ? `${seen}, ${problem.data.code}` : seen;
  } catch {
    return seen;
  }
}

import { findWeakness } from "@lanyard/passwords";
import { ProblemError } from "../http/problem.ts";

/** Refuses a password that may not be chosen, before anything is queued. @throws ProblemError that says why */
export function refuseWeak(password: unknown, of: Parameters<typeof findWeakness>[1]): void {
  const weakness = findWeakness(String(password), of);
  if (weakness !== undefined) throw new ProblemError("password_too_weak", { ...weakness });
}

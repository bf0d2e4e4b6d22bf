import { isDeepStrictEqual } from "node:util";

/** Whether two attribute values are the same text or the same JSON: services hand policies back formatted their way. */
export function sameJson(one: string | undefined, other: string | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    return false;
  }
}

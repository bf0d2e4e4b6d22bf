import { createHash } from "node:crypto";
import type { Derivation } from "./derivation.ts";

/** What in the audit table carries a mark: a row, its entry in the list of its hour, where seals begin, a seal. */
export type MarkedKind = "row" | "entry" | "begin" | "seal";

/** "unknown_key": made with a key that is not configured (any more), so nobody can tell. */
export type MarkCheck = "genuine" | "forged" | "unknown_key";

type Place = { readonly pk: string; readonly sk: string };

/**
 * Marks say that an item was written by who holds the derivation keys, at this very place and with this very content. The
 * mark stands in the item as `mac`, and covers all of it but that.
 */
export interface AuditMarks {
  markOf(kind: MarkedKind, place: Place, value: object): string;
  check(kind: MarkedKind, place: Place, value: object): MarkCheck;
}

export function auditMarks(derivation: Pick<Derivation, "kids" | "mac" | "verifies">): AuditMarks {
  const parts = (kind: MarkedKind, { pk, sk }: Place, value: object): readonly string[] => {
    const { mac: _, ...content } = value as { readonly mac?: unknown };
    return [kind, pk, sk, canonicalJson(content)];
  };
  return {
    markOf: (kind, place, value) => derivation.mac("audit-seal", ...parts(kind, place, value)),
    check(kind, place, value) {
      const { mac } = value as { readonly mac?: unknown };
      if (typeof mac !== "string") return "forged";
      if (derivation.verifies(mac, "audit-seal", ...parts(kind, place, value))) return "genuine";
      const [kid = ""] = mac.split(".");
      return derivation.kids.includes(kid) ? "forged" : "unknown_key";
    },
  };
}

/** SHA-256 of a value's canonical JSON, as base64url. */
export const contentDigest = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("base64url");

/** One text for one value, whatever order its properties are in; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const properties = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`);
  return `{${properties.join(",")}}`;
}

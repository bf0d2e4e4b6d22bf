import type { MarkCheck } from "@lanyard/secrets";

type SealFinding = "seal_missing" | "seal_changed" | "link_broken" | "key_unknown";

/** A seal as it stands; `value` absent: it is none that could be read. */
export interface StandingSeal {
  readonly mark: MarkCheck;
  readonly value?: { readonly mac: string; readonly previous?: string | undefined };
}

/**
 * What is wrong with the seal of an hour, and whether the rows that it names can be relied on.
 *
 *     absent ──────────────────────────► seal_missing    not relied on
 *     forged (a mark covers its place) ► seal_changed    not relied on
 *     marked with a key nobody has ────► key_unknown     not relied on
 *     not bound to the hour before ────► link_broken     relied on: it is genuine
 *
 * `before`: the seal of the hour before; undefined: it is missing, which is a finding of that hour.
 */
export function decideSeal(
  seal: StandingSeal | undefined,
  {
    isFirst,
    before,
  }: { readonly isFirst: boolean; readonly before: { readonly mac?: string | undefined } | undefined },
): { readonly finding?: SealFinding; readonly isReliable: boolean } {
  if (seal === undefined) return { finding: "seal_missing", isReliable: false };
  if (seal.mark === "unknown_key") return { finding: "key_unknown", isReliable: false };
  if (seal.mark === "forged" || seal.value === undefined) return { finding: "seal_changed", isReliable: false };
  const { previous } = seal.value;
  if (isFirst) return previous === undefined ? { isReliable: true } : { finding: "link_broken", isReliable: true };
  if (previous === undefined) return { finding: "link_broken", isReliable: true };
  if (before !== undefined && before.mac !== previous) return { finding: "link_broken", isReliable: true };
  return { isReliable: true };
}

import type { MarkCheck } from "@lanyard/secrets";

/** A row as it stands in the table; `mac`: the mark it carries. */
export interface StandingRow {
  readonly check: MarkCheck;
  readonly mac: string | undefined;
  readonly version: number;
}

/** What has become of a row that a seal names. A row is never written twice, so a second version is a change. */
export function decideSealedRow(
  sealed: { readonly rowMac: string; readonly keptUntil?: string | undefined },
  row: StandingRow | undefined,
  now: string,
): "as sealed" | "expired" | "row_removed" | "row_changed" | "row_key_unknown" {
  if (row === undefined) {
    return sealed.keptUntil !== undefined && sealed.keptUntil <= now ? "expired" : "row_removed";
  }
  if (row.mac !== sealed.rowMac || row.version !== 1) return "row_changed";
  switch (row.check) {
    case "genuine":
      return "as sealed";
    case "forged":
      return "row_changed";
    case "unknown_key":
      return "row_key_unknown";
  }
}

/**
 * What is to be said of a row that was found in the table, whether a seal names it or not. `markedFrom`: events from then on
 * cannot be without a mark; undefined: any can.
 */
export function decideFoundRow(
  row: StandingRow,
  at: string,
  markedFrom: string | undefined,
): "recorded" | "unmarked" | "row_added" | "row_key_unknown" {
  if (row.mac === undefined) return markedFrom === undefined || at < markedFrom ? "unmarked" : "row_added";
  switch (row.check) {
    case "genuine":
      return "recorded";
    case "forged":
      return "row_added";
    case "unknown_key":
      return "row_key_unknown";
  }
}

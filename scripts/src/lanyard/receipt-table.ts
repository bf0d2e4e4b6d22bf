import type { andonSchemas } from "@lanyard/contracts";
import type { z } from "zod";
import { scopeText } from "./scope-option.ts";
import { textTable } from "./text-table.ts";

export type Receipt = z.output<typeof andonSchemas.revocationReceipt>;
type Summary = z.output<typeof andonSchemas.revocationReceipts>["revocations"][number];

/** One receipt: since when it is in force, how far its sweep is, who refuses what it voided, and how soon they did. */
export function receiptTable(receipt: Receipt, to: { readonly isTerminal: boolean }): string {
  const { gateways, propagationMs: took } = receipt;
  const times = took === null ? ["-", "-", "-", "-"] : [took.p50, took.p95, took.p99, took.max].map(rounded);
  const head = ["REVOCATION", "STATE", "SCOPE", "IN FORCE SINCE", "SESSIONS", "GATEWAYS"];
  return textTable(
    [...head, "P50 MS", "P95 MS", "P99 MS", "MAX MS"],
    [[...summaryCells(receipt), `${gateways.confirmed}/${gateways.known}`, ...times]],
    to,
  );
}

/** Many of them, without their gateways. */
export const revocationsTable = (revocations: readonly Summary[], to: { readonly isTerminal: boolean }): string =>
  textTable(
    ["REVOCATION", "STATE", "SCOPE", "IN FORCE SINCE", "SESSIONS", "BY", "REASON"],
    revocations.map((one) => [...summaryCells(one), printable(one.pulledBy), printable(one.reason)]),
    to,
  );

const summaryCells = ({ revocationId, state, scope, effectiveAt, swept, matched }: Summary): readonly string[] => [
  revocationId,
  state,
  scopeText(scope),
  effectiveAt,
  `${swept}/${matched}`,
];

const rounded = (ms: number): string => String(Math.round(ms));

/** Whoever may publish on the topic has written it: it moves no cursor and ends no row. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");

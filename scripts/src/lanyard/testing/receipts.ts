import type { Receipt } from "../receipt-table.ts";
import type { Answer } from "./stand-in-gateway.ts";

export const revocationId = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
export const effectiveAt = "2026-11-21T12:00:00.000Z";

/** A receipt to which nothing will be added. */
export const receipt: Receipt = {
  revocationId,
  state: "done",
  number: 3,
  scope: { kind: "anonymous" },
  reason: "Visitors made by a script",
  pulledBy: "key:deploy",
  effectiveAt,
  matched: 24,
  swept: 24,
  gateways: { known: 2, confirmed: 2 },
  propagationMs: { p50: 12, p95: 48.4, p99: 48.4, max: 48.6 },
};

/** The same while its sweep is under way. */
export const sweeping: Receipt = {
  ...receipt,
  state: "sweeping",
  matched: 14,
  swept: 12,
  gateways: { known: 2, confirmed: 1 },
};

export const accepted: Answer = { status: 202, body: { revocationId } };

/** A stream from the one to the other. */
export const followed: Answer = {
  events: [
    ["receipt", sweeping],
    ["receipt", receipt],
    ["done", receipt],
  ],
};

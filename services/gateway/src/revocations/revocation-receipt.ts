import type {
  andonSchemas,
  bulkRevocationItem,
  inboxLeaseItem,
  pullConfirmationItem,
  pullItem,
} from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";
import type { z } from "zod";

export type BulkRevocation = ItemValue<typeof bulkRevocationItem>;
export type PullRecord = ItemValue<typeof pullItem>;
type Confirmation = ItemValue<typeof pullConfirmationItem>;
type Lease = ItemValue<typeof inboxLeaseItem>;

export type RevocationReceipt = z.input<typeof andonSchemas.revocationReceipt>;
export type RevocationSummary = z.input<typeof andonSchemas.revocationReceipts>["revocations"][number];

/** Since when a pull is in force, and under which number. */
export type InForce = Pick<PullRecord, "number" | "at">;

/** How far a bulk revocation that is in force has come. */
export function summaryOf(revocation: BulkRevocation, { number, at }: InForce): RevocationSummary {
  const { revocationId, scope, reason, pulledBy, sweep } = revocation;
  return {
    revocationId,
    state: stateOf(sweep),
    number,
    scope,
    reason,
    pulledBy,
    effectiveAt: at,
    matched: sweep?.matched ?? 0,
    swept: sweep?.swept ?? 0,
  };
}

function stateOf(sweep: BulkRevocation["sweep"]): RevocationSummary["state"] {
  if (sweep?.doneAt !== undefined) return "done";
  return sweep === undefined || sweep.step === 0 ? "effective" : "sweeping";
}

/** The same with who refuses what it has voided. Known are the gateways that heard when it took effect, and all that confirmed. */
export function receiptOf(
  summary: RevocationSummary,
  leases: readonly Lease[],
  confirmations: readonly Confirmation[],
): RevocationReceipt {
  const at = Date.parse(summary.effectiveAt);
  const heard = leases.filter(
    ({ since, leaseUntil }) => (since === undefined || Date.parse(since) <= at) && Date.parse(leaseUntil) >= at,
  );
  const confirmed = new Set(confirmations.map(({ inbox }) => inbox));
  const known = new Set([...heard.map(({ inbox }) => inbox), ...confirmed]);
  return {
    ...summary,
    gateways: { known: known.size, confirmed: confirmed.size },
    propagationMs: percentilesOf(confirmations.map(({ propagationMs }) => propagationMs)),
  };
}

/** Nothing more will change: all items are marked, and every gateway refuses. */
export const isComplete = ({ state, gateways }: RevocationReceipt): boolean =>
  state === "done" && gateways.confirmed === gateways.known;

/** By nearest rank: each is a time that some gateway took. */
function percentilesOf(times: readonly number[]): RevocationReceipt["propagationMs"] {
  const sorted = times.toSorted((one, other) => one - other);
  const max = sorted.at(-1);
  if (max === undefined) return null;
  const rank = (percent: number): number => sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? max;
  return { p50: rank(50), p95: rank(95), p99: rank(99), max };
}

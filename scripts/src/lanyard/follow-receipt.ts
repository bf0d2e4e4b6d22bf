import { andonSchemas, problemDetails, routes } from "@lanyard/contracts";
import { z } from "zod";
import type { AdminClient } from "./admin-client.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import type { Receipt } from "./receipt-table.ts";
import type { Surroundings } from "./surroundings.ts";

const BAR_WIDTH = 24;
const problemEvent = z.object({ problem: problemDetails });

/**
 * Watches a revocation until all items are marked and every gateway has confirmed, and gives the last receipt. `expected`:
 * how many sessions are to end, as far as was known before.
 * @throws LanyardMistake when the stream ends before
 */
export async function followReceipt(
  client: Pick<AdminClient, "stream">,
  { progress = () => undefined }: Pick<Surroundings, "progress">,
  { revocationId, expected = 0 }: { readonly revocationId: string; readonly expected?: number | undefined },
): Promise<Receipt> {
  try {
    for await (const { event, data } of client.stream(routes.readRevocation, { path: { revocationId } })) {
      if (event === "problem") throw endedBy(problemEvent.safeParse(data).data?.problem.title);
      const receipt = andonSchemas.revocationReceipt.safeParse(data).data;
      if (receipt === undefined) continue;
      if (event === "done") return receipt;
      progress(progressLine(receipt, expected));
    }
    throw endedBy("the gateway ended the stream");
  } finally {
    progress("");
  }
}

/** As `[######······]  sweeping  12 of about 24 sessions  1 of 2 gateways`. */
export function progressLine({ state, matched, swept, gateways }: Receipt, expected: number): string {
  const all = Math.max(expected, matched);
  const share = all === 0 ? Number(state === "done") : Math.min(1, swept / all);
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = "#".repeat(filled) + "·".repeat(BAR_WIDTH - filled);
  const about = state === "done" ? "" : "about ";
  return `[${bar}]  ${state}  ${swept} of ${about}${all} sessions  ${gateways.confirmed} of ${gateways.known} gateways`;
}

const endedBy = (why = "a problem that it did not name"): LanyardMistake =>
  new LanyardMistake(`not followed to the end: ${why}`);

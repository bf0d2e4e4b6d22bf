import type { andonSchemas } from "@lanyard/contracts";
import type { z } from "zod";
import type { AdminClient, Answered } from "./admin-client.ts";
import { followReceipt } from "./follow-receipt.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import { type Receipt, receiptTable } from "./receipt-table.ts";
import type { Surroundings } from "./surroundings.ts";
import { tellPending } from "./tell-pending.ts";

/** Says what became of a revocation that was asked for: its receipt at the end, or at once that it is in force. */
export async function tellRevocation(
  surroundings: Surroundings,
  client: Pick<AdminClient, "stream">,
  answered: Answered<z.output<typeof andonSchemas.revocationAccepted>>,
  options: { readonly json: boolean; readonly follow: boolean; readonly expected?: number | undefined },
): Promise<void> {
  const { out, isTerminal } = surroundings;
  const accepted = answered.kind === "pending" ? answered : answered.body;
  if ("operationId" in accepted) return tellPending(surroundings, options.json, accepted.operationId);
  const { revocationId } = accepted;
  if (options.follow) {
    const receipt = await followed(surroundings, client, { revocationId, expected: options.expected });
    return out(options.json ? `${JSON.stringify(receipt)}\n` : receiptTable(receipt, { isTerminal }));
  }
  if (options.json) return out(`${JSON.stringify({ revocationId })}\n`);
  out(isTerminal ? `in force; see: revocations show ${revocationId} --follow\n` : `${revocationId}\n`);
}

/** Whatever goes wrong from here on, the cord is pulled: that is said first. @throws LanyardMistake */
async function followed(
  surroundings: Surroundings,
  client: Pick<AdminClient, "stream">,
  one: { readonly revocationId: string; readonly expected: number | undefined },
): Promise<Receipt> {
  try {
    return await followReceipt(client, surroundings, one);
  } catch (error) {
    if (!(error instanceof LanyardMistake)) throw error;
    const { revocationId } = one;
    throw new LanyardMistake(
      `It is in force; see: revocations show ${revocationId} --follow\n${error.message}`,
      error.exitStatus,
    );
  }
}

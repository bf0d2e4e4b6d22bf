import { andonSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { adminClient } from "./admin-client.ts";
import { followReceipt } from "./follow-receipt.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import { receiptTable, revocationsTable } from "./receipt-table.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";

/** `revocations …`: what became of pulls of the andon cord. */
export function addRevocations(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const revocations = program.command("revocations").description("what became of pulls of the andon cord");

  revocations
    .command("list")
    .description("the newest fifty, newest first")
    .option("--cursor <cursor>", "the fifty after those: the cursor that was told with them")
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json, cursor } = command.optsWithGlobals<CommonOptions & { readonly cursor?: string }>();
      const found = await adminClient(surroundings, baseUrl).read(
        routes.listRevocations,
        cursor === undefined ? {} : { cursor },
        andonSchemas.revocationReceipts,
      );
      if (json) return out(`${JSON.stringify(found)}\n`);
      if (found.revocations.length === 0) return isTerminal ? out("nobody has pulled the cord\n") : undefined;
      out(revocationsTable(found.revocations, { isTerminal }));
      if (isTerminal && found.cursor !== undefined) out(`more: revocations list --cursor ${found.cursor}\n`);
    });

  revocations
    .command("show")
    .description("its receipt: which gateways refuse what it voided, how soon they did, and how far its sweep is")
    .argument("<revocationId>", "as it was told when the cord was pulled")
    .option("--follow", "until all gateways have confirmed and all is marked", false)
    .action(async (revocationId: string, { follow }: { readonly follow: boolean }, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const client = adminClient(surroundings, baseUrl);
      const receipt = follow
        ? await followReceipt(client, surroundings, { revocationId })
        : await receiptOf(client, revocationId);
      out(json ? `${JSON.stringify(receipt)}\n` : receiptTable(receipt, { isTerminal }));
    });
}

async function receiptOf(client: ReturnType<typeof adminClient>, revocationId: string) {
  const answered = await client.ask(routes.readRevocation, { path: { revocationId } }, andonSchemas.revocationReceipt);
  if (answered.kind === "pending") throw new LanyardMistake("a read was answered as a command is");
  return answered.body;
}

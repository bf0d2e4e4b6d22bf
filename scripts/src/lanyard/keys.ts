import { httpSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { z } from "zod";
import { adminClient } from "./admin-client.ts";
import { confirmed } from "./confirmed.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { tellPending } from "./tell-pending.ts";
import { textTable } from "./text-table.ts";

/** `keys …`: the keys that access tokens are signed with. */
export function addKeys(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const keys = program.command("keys").description("the keys that access tokens are signed with");

  keys
    .command("list")
    .description("every generation, newest first")
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const found = await adminClient(surroundings, baseUrl).read(routes.listKeys, {}, httpSchemas.signingKeys);
      if (json) return out(`${JSON.stringify(found)}\n`);
      const rows = found.keys.map((key) => [key.kid, String(key.generation), key.state, key.activeFrom]);
      out(textTable(["KID", "GENERATION", "STATE", "SIGNS FROM"], rows, { isTerminal }));
    });

  keys
    .command("rotate")
    .description("makes the next key before it is due; what the old one signed goes on counting")
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const answered = await adminClient(surroundings, baseUrl).ask(
        routes.rotateKeys,
        { json: {} },
        httpSchemas.rotatedKey,
      );
      if (answered.kind === "pending") return tellPending(surroundings, json, answered.operationId);
      const { kid, activeFrom } = answered.body;
      out(json ? `${JSON.stringify(answered.body)}\n` : isTerminal ? `${kid} signs from ${activeFrom}\n` : `${kid}\n`);
    });

  keys
    .command("remove")
    .description("in an emergency: whatever the key has signed is refused, at once and for good")
    .argument("<kid>", "which")
    .option("--yes", "without being asked", false)
    .action(async (kid: string, { yes }: { readonly yes: boolean }, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const what = "Every access token that this key has signed will be refused.";
      await confirmed(surroundings, { what, word: kid, yes });
      const answered = await adminClient(surroundings, baseUrl).ask(
        routes.removeKey,
        { path: { kid }, json: {} },
        z.undefined(),
      );
      if (answered.kind === "pending") return tellPending(surroundings, json, answered.operationId);
      if (json) out(`${JSON.stringify({ kid, removed: true })}\n`);
      else if (isTerminal) out("removed: every gateway refuses it within 5 s\n");
    });
}

import { andonSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { type AdminClient, adminClient } from "./admin-client.ts";
import { confirmed } from "./confirmed.ts";
import { type EndingOptions, reasonOption } from "./ending-options.ts";
import { exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import { scopeOption, type TypedScope } from "./scope-option.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { tellRevocation } from "./tell-revocation.ts";

/** `andon …`: ends sessions in bulk, at once. */
export function addAndon(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const andon = program.command("andon").description("the andon cord: ends sessions in bulk, on every gateway at once");

  andon
    .command("pull")
    .description("ends every session in scope, and follows it until all gateways have confirmed and all is marked")
    .addOption(scopeOption())
    .addOption(reasonOption().makeOptionMandatory())
    .option("--yes", "without counting or being asked", false)
    .option("--no-follow", "as soon as it is in force")
    .action(async (_options: object, command: Command) => {
      type Options = EndingOptions & { readonly scope: TypedScope; readonly reason: string };
      const { baseUrl, json, scope: typed, reason, yes, follow } = command.optsWithGlobals<Options>();
      const { text, scope } = typed;
      const client = adminClient(surroundings, baseUrl);
      mayAsk(surroundings, yes);
      const counted = yes ? undefined : await previewed(client, typed);
      await confirmed(surroundings, {
        what: `${counted?.text ?? ""}They end now, on every gateway.`,
        word: text,
        yes,
      });
      const answered = await client.ask(
        routes.revokeSessions,
        { json: { scope, reason } },
        andonSchemas.revocationAccepted,
      );
      await tellRevocation(surroundings, client, answered, { json, follow, expected: counted?.matched });
    });

  andon
    .command("preview")
    .description("counts the live sessions in scope, and changes nothing")
    .addOption(scopeOption())
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json, scope } = command.optsWithGlobals<CommonOptions & { readonly scope: TypedScope }>();
      const matched = await matchedBy(adminClient(surroundings, baseUrl), scope);
      if (json) return out(`${JSON.stringify({ matched })}\n`);
      out(isTerminal ? `${matched} live sessions\n` : `${matched}\n`);
    });

  andon
    .command("rotate-everything")
    .description("replaces every signing key and ends every session, of users and operators alike")
    .addOption(reasonOption().makeOptionMandatory())
    .option("--yes", "without being asked", false)
    .option("--no-follow", "as soon as it is in force")
    .action(async (_options: object, command: Command) => {
      type Options = EndingOptions & { readonly reason: string };
      const { baseUrl, json, reason, yes, follow } = command.optsWithGlobals<Options>();
      const what = "Every signing key will be replaced, and every session ends now, on every gateway.";
      await confirmed(surroundings, { what, word: "rotate everything", yes });
      const client = adminClient(surroundings, baseUrl);
      const answered = await client.ask(routes.revokeAllTokens, { json: { reason } }, andonSchemas.revocationAccepted);
      await tellRevocation(surroundings, client, answered, { json, follow });
    });
}

/** Before anything is counted for nobody. @throws LanyardMistake */
function mayAsk({ question }: Pick<Surroundings, "question">, yes: boolean): void {
  if (yes || question !== undefined) return;
  throw new LanyardMistake("Sessions will end, and nobody can be asked. To do it, add --yes.", exitStatus.usage);
}

/** The brake works also while nothing can be counted. @throws LanyardMistake when it was refused */
async function previewed(
  client: AdminClient,
  scope: TypedScope,
): Promise<{ readonly text: string; readonly matched?: number }> {
  try {
    const matched = await matchedBy(client, scope);
    return { matched, text: `${matched} live sessions are in scope. ` };
  } catch (error) {
    if (!(error instanceof LanyardMistake) || error.exitStatus !== exitStatus.failed) throw error;
    return { text: `The live sessions in scope could not be counted (${error.message}). ` };
  }
}

async function matchedBy(client: AdminClient, { scope }: TypedScope): Promise<number> {
  const json = { scope, reason: "Counted only" };
  const answered = await client.ask(
    routes.revokeSessions,
    { query: { dryRun: "true" }, json, status: 200 },
    andonSchemas.matchedSessions,
  );
  if (answered.kind === "pending") throw new LanyardMistake("a count was answered as a command is");
  return answered.body.matched;
}

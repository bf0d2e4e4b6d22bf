import { andonSchemas, httpSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { z } from "zod";
import { adminClient } from "./admin-client.ts";
import { confirmed } from "./confirmed.ts";
import { type EndingOptions, reasonOption } from "./ending-options.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { tellPending } from "./tell-pending.ts";
import { tellRevocation } from "./tell-revocation.ts";
import { textTable } from "./text-table.ts";
import { userIdOf } from "./user-id-of.ts";

/** `users …`: who carries which address, the end of their tokens, and of a second factor that was lost. */
export function addUsers(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const users = program.command("users").description("who carries which e-mail address, and what ends for them");

  users
    .command("find")
    .description("every user that carries an address, or ever carried it")
    .argument("<email>", "the address; its normal form is what counts")
    .action(async (email: string, _options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const found = await adminClient(surroundings, baseUrl).read(
        routes.findUsers,
        { email },
        httpSchemas.usersOfEmail,
      );
      if (json) return out(`${JSON.stringify(found)}\n`);
      if (found.users.length === 0) return isTerminal ? out("nobody carries this address, or ever did\n") : undefined;
      const rows = found.users.map(({ userId, since, current }) => [userId, since, current ? "yes" : "no"]);
      out(textTable(["USER", "SINCE", "CURRENT"], rows, { isTerminal }));
    });

  users
    .command("lookup")
    .description("the account that an address belongs to at this moment; exit status 4 when there is none")
    .argument("<email>", "the address; its normal form is what counts")
    .action(async (email: string, _options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const found = await adminClient(surroundings, baseUrl).read(routes.lookupUser, { email }, httpSchemas.foundUser);
      out(json ? `${JSON.stringify(found)}\n` : `${found.userId}\n`);
    });

  users
    .command("revoke-tokens")
    .description("ends every session and every token of a user now; whether there is such a user is not asked")
    .argument("<userId>", "whose")
    .addOption(reasonOption())
    .option("--yes", "without being asked", false)
    .option("--no-follow", "as soon as it is in force")
    .action(async (userId: string, _options: object, command: Command) => {
      type Options = EndingOptions & { readonly reason?: string };
      const { baseUrl, json, reason, yes, follow } = command.optsWithGlobals<Options>();
      await confirmed(surroundings, { what: "Every session of this user ends now.", word: userId, yes });
      const client = adminClient(surroundings, baseUrl);
      const answered = await client.ask(
        routes.revokeUserTokens,
        { path: { userId }, json: reason === undefined ? {} : { reason } },
        andonSchemas.revocationAccepted,
      );
      await tellRevocation(surroundings, client, answered, { json, follow });
    });

  users
    .command("lift-second-factor")
    .description(
      "takes away the second factor of a user who has lost it; make sure first that it is that user who asks",
    )
    .argument("<who>", "its address or its user id")
    .addOption(reasonOption().makeOptionMandatory())
    .option("--yes", "without being asked", false)
    .action(async (who: string, _options: object, command: Command) => {
      type Options = CommonOptions & { readonly yes: boolean; readonly reason: string };
      const { baseUrl, json, reason, yes } = command.optsWithGlobals<Options>();
      const what = "Whoever proves the first factor of this account is signed in by that alone.";
      await confirmed(surroundings, { what, word: who, yes });
      const client = adminClient(surroundings, baseUrl);
      const id = await userIdOf(client, who);
      const answered = await client.ask(
        routes.liftSecondFactor,
        { path: { userId: id }, json: { reason } },
        z.undefined(),
      );
      if (answered.kind === "pending") return tellPending(surroundings, json, answered.operationId);
      if (json) out(`${JSON.stringify({ userId: id, lifted: true })}\n`);
      else if (isTerminal) out(`${id} has no second factor any more, and is told by mail\n`);
    });
}

import { httpSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { adminClient } from "./admin-client.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { textTable } from "./text-table.ts";

/** `users …`: who carries which address. */
export function addUsers(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const users = program.command("users").description("who carries which e-mail address");

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
}

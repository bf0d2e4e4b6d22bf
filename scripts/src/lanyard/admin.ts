import { httpSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { adminClient } from "./admin-client.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { tellPending } from "./tell-pending.ts";
import { userIdOf } from "./user-id-of.ts";

/** `admin …`: who else may operate. */
export function addAdmin(program: Command, surroundings: Surroundings): void {
  const admin = program.command("admin").description("who may operate by signing in");
  const sets = (roles: readonly "admin"[]) => async (who: string, _options: object, command: Command) => {
    const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
    const client = adminClient(surroundings, baseUrl);
    const id = await userIdOf(client, who);
    const answered = await client.ask(
      routes.setRoles,
      { path: { userId: id }, json: { roles } },
      httpSchemas.usersRoles,
    );
    if (answered.kind === "pending") return tellPending(surroundings, json, answered.operationId);
    if (json) return surroundings.out(`${JSON.stringify(answered.body)}\n`);
    if (!surroundings.isTerminal) return;
    const is = answered.body.roles.includes("admin") ? "is an operator" : "is no operator";
    surroundings.out(`${id} ${is}, from the next sign-in or refresh on\n`);
  };

  admin
    .command("grant")
    .description("gives an account the role admin, from its next sign-in or refresh on")
    .argument("<who>", "its address or its user id")
    .action(sets(["admin"]));
  admin
    .command("revoke")
    .description("takes the role away; the access token it has holds until it expires")
    .argument("<who>", "its address or its user id")
    .action(sets([]));
}

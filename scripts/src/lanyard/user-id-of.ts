import { httpSchemas, routes, userId } from "@lanyard/contracts";
import type { AdminClient } from "./admin-client.ts";

/** Whom an operator means: by the id itself, or by the address that the account carries now. @throws LanyardMistake */
export const userIdOf = async (client: Pick<AdminClient, "read">, who: string): Promise<string> =>
  userId.safeParse(who).success
    ? who
    : (await client.read(routes.lookupUser, { email: who }, httpSchemas.foundUser)).userId;

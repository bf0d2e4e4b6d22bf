import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle, problem } from "@lanyard/messaging";
import type { SigningKeys } from "./signing-keys/signing-keys.ts";

export interface RemoveKeyDeps {
  readonly signingKeys: Pick<SigningKeys, "remove">;
}

/** Takes a signing key out of service for good. To remove what is removed is success; who did it alone tells of it. */
export const removeKey = ({ signingKeys }: RemoveKeyDeps): Handler =>
  handle(commands.token.removeKey, async ({ input: { kid, by }, operationId, receivedAt }) => {
    const { removedAt, removedBy } = (await signingKeys.remove(kid, operationId)) ?? {};
    if (removedAt === undefined) return problem("key_not_found");
    const told = removedBy === operationId ? [occurred(events.signingKeyRemoved, removedAt, { kid, by })] : [];
    return done({ removedAt }, [
      ...told,
      occurred(events.operatorActed, receivedAt, { by, action: "removeKey", targets: [kid] }),
    ]);
  });

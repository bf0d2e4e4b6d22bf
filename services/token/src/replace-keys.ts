import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { SigningKeys } from "./signing-keys/signing-keys.ts";

export interface ReplaceKeysDeps {
  readonly signingKeys: Pick<SigningKeys, "replace">;
}

/** Has one new key sign in place of all that came before it. Who took a key out of service alone tells of it. */
export const replaceKeys = ({ signingKeys }: ReplaceKeysDeps): Handler =>
  handle(commands.token.replaceKeys, async ({ input: { by }, operationId }) => {
    const { made, removed } = await signingKeys.replace(operationId);
    const { kid } = made.publicJwk;
    return done({ kid }, [
      occurred(events.signingKeyMade, made.createdAt, { kid, activeFrom: made.activeFrom, by }),
      ...removed.map(({ publicJwk, removedAt }) =>
        occurred(events.signingKeyRemoved, removedAt, { kid: publicJwk.kid, by }),
      ),
    ]);
  });

import { commands, events, occurred } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import type { SigningKeys } from "./signing-keys/signing-keys.ts";

export interface RotateKeysDeps {
  readonly signingKeys: Pick<SigningKeys, "rotate">;
}

/** Has the signing key followed by another: one for an operation, however often it is carried out. */
export const rotateKeys = ({ signingKeys }: RotateKeysDeps): Handler =>
  handle(commands.token.rotateKeys, async ({ input: { by }, operationId }) => {
    const { publicJwk, createdAt, activeFrom } = await signingKeys.rotate(operationId);
    const { kid } = publicJwk;
    return done({ kid, activeFrom }, [
      occurred(events.signingKeyMade, createdAt, { kid, activeFrom, by }),
      occurred(events.operatorActed, createdAt, { by, action: "rotateKeys", targets: [kid] }),
    ]);
  });

import { commands } from "@lanyard/contracts";
import { done, type Handler, handle } from "@lanyard/messaging";
import { isShortPassword, type PasswordHashing } from "@lanyard/passwords";

/** Makes a password's hash; what it is for is another command's business. Nothing is written. */
export const hashPassword = ({ hashing }: { readonly hashing: Pick<PasswordHashing, "hash"> }): Handler =>
  handle(commands.identity.hashPassword, async ({ input: { password, email }, operationId, derivationKid: kid }) => {
    const by = { operationId, kid, ...(email !== undefined && { email }) };
    return done({ passwordHash: await hashing.hash(password, by), isShort: isShortPassword(password) });
  });

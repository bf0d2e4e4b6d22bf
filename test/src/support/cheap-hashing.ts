import { hash } from "node:crypto";
import { type PasswordHashing, passwordHashing } from "@lanyard/passwords";
import type { Derivation } from "@lanyard/secrets";

/**
 * Password hashes that cost nothing, for what hashes by the thousand: all of the real thing but argon2id itself. It ends at once,
 * so that a seed always runs alike.
 */
export const cheapHashing = (derivation: Derivation): PasswordHashing =>
  passwordHashing({
    derivation,
    cost: { memory: 8, passes: 1, parallelism: 1 },
    argon2id: async ({ message, nonce, secret, tagLength }) =>
      hash("sha512", [secret, nonce, message].map(encoded).join(), "buffer").subarray(0, tagLength),
  });

const encoded = (part: unknown): string =>
  Buffer.from(part instanceof Uint8Array ? part : String(part)).toString("base64url");

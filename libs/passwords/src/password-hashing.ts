import { timingSafeEqual } from "node:crypto";
import type { Derivation } from "@lanyard/secrets";
import { type Argon2id, argon2id as onAnotherThread } from "./argon2id.ts";
import { normalPassword } from "./normal-password.ts";
import { type Argon2Cost, readPhcString, writePhcString } from "./phc-string.ts";

/** The least that OWASP asks of argon2id: 19 MiB, two passes, one lane. */
export const OWASP_COST: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };

const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** What a hash's salt follows from, under which key. */
export interface HashedBy {
  readonly operationId: string;
  readonly kid: string;
  /** Of registrations: whether two of one address have chosen one password is to be told by their hashes. */
  readonly email?: string;
}

/** Password hashes: argon2id, keyed by a subkey of the derivation keys, as PHC strings that name the key. */
export interface PasswordHashing {
  /**
   * The same for the same password, operation and key: the salt follows from the operation, or from the address (in its normal
   * form) if there is one. @throws TypeError for what is no text, UnknownKey
   */
  hash(password: string, by: HashedBy): Promise<string>;
  /** Whether it is the password of that hash. As much work for `undefined`, which is nobody's. @throws UnknownKey */
  verifies(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether it was made as one would be made now: at this cost, with the current key. */
  isCurrent(hash: string): boolean;
}

export function passwordHashing({
  derivation,
  cost = OWASP_COST,
  argon2id = onAnotherThread,
}: {
  readonly derivation: Derivation;
  /** Default: `OWASP_COST`. */
  readonly cost?: Argon2Cost;
  /** Default: Node's, on a thread of its pool. */
  readonly argon2id?: Argon2id;
}): PasswordHashing {
  const tagOf = (normal: string, salt: Buffer, kid: string, at: Argon2Cost, bytes: number): Promise<Buffer> =>
    argon2id({
      message: normal,
      nonce: salt,
      secret: derivation.bytes(kid, "password-pepper"),
      tagLength: bytes,
      memory: at.memory,
      passes: at.passes,
      parallelism: at.parallelism,
    });
  return {
    async hash(password, { operationId, kid, email }) {
      const normal = normalPassword(password);
      if (normal === undefined) throw new TypeError("a password is no text");
      const origin = email === undefined ? [operationId] : ["address", email];
      const salt = derivation.bytes(kid, "password-salt", ...origin).subarray(0, SALT_BYTES);
      return writePhcString({ cost, kid, salt, tag: await tagOf(normal, salt, kid, cost, TAG_BYTES) });
    },
    async verifies(password, hash) {
      const normal = normalPassword(password);
      if (hash === undefined) {
        await tagOf(normal ?? "", Buffer.alloc(SALT_BYTES), derivation.currentKid, cost, TAG_BYTES);
        return false;
      }
      const stored = readPhcString(hash);
      const tag = await tagOf(normal ?? "", stored.salt, stored.kid, stored.cost, stored.tag.length);
      return timingSafeEqual(tag, stored.tag) && normal !== undefined;
    },
    isCurrent(hash) {
      const stored = readPhcString(hash);
      return (
        stored.kid === derivation.currentKid &&
        stored.cost.memory === cost.memory &&
        stored.cost.passes === cost.passes &&
        stored.cost.parallelism === cost.parallelism
      );
    },
  };
}

import { type Argon2Parameters, argon2 } from "node:crypto";

/** Makes the tag of argon2id (RFC 9106). */
export type Argon2id = (parameters: Argon2Parameters) => Promise<Buffer>;

/** Node's own, on a thread of its pool. */
export const argon2id: Argon2id = (parameters) =>
  new Promise((resolve, reject) => {
    argon2("argon2id", parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });

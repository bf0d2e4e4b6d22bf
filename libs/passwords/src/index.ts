export type { Argon2id } from "./argon2id.ts";
export {
  findWeakness,
  isShortPassword,
  MAX_PASSWORD_LENGTH,
  MIN_LENGTH_BESIDE_SECOND_FACTOR,
  MIN_PASSWORD_LENGTH,
  type Weakness,
} from "./find-weakness.ts";
export { HashingThreads, type HashingThreadsOptions } from "./hashing-threads.ts";
export { OWASP_COST, type PasswordHashing, passwordHashing } from "./password-hashing.ts";
export type { Argon2Cost } from "./phc-string.ts";

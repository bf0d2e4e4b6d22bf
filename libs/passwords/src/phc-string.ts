/** What argon2id takes (RFC 9106), besides password, salt and key. */
export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A hash with all that is needed to make it again, but for password and key. */
export interface PasswordHash {
  readonly cost: Argon2Cost;
  /** The name of the key that it is keyed with. */
  readonly kid: string;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3}),keyid=([A-Za-z0-9+/]{1,43})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

/** As PHC strings write bytes: base64 without its padding. */
const encoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

/** `$argon2id$v=19$m=19456,t=2,p=1,keyid=…$salt$tag`; `keyid` is the kid in base64. */
export const writePhcString = ({ cost, kid, salt, tag }: PasswordHash): string =>
  `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism},keyid=${encoded(Buffer.from(kid))}$${encoded(salt)}$${encoded(tag)}`;

/** @throws TypeError that says nothing of what it read */
export function readPhcString(text: string): PasswordHash {
  const found = PHC.exec(text);
  if (found === null) throw new TypeError("a stored password hash is no PHC string of argon2id");
  const [, memory = "", passes = "", parallelism = "", kid = "", salt = "", tag = ""] = found;
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    kid: Buffer.from(kid, "base64").toString(),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

import { isCommonPassword } from "./common-passwords.ts";
import { normalPassword } from "./normal-password.ts";
import { isPredictable } from "./predictable-password.ts";

/** How many characters (code points) a password has at the least that stands alone. */
export const MIN_PASSWORD_LENGTH = 15;
/** The same beside a second factor. */
export const MIN_LENGTH_BESIDE_SECOND_FACTOR = 8;
/** How many characters it has at the most. */
export const MAX_PASSWORD_LENGTH = 128;
/** Shorter names before the @ are parts of too many words. */
const SHORTEST_TELLING_NAME = 4;

/** Why a password may not be chosen, and how many characters one must have. */
export interface Weakness {
  readonly reason: "not_text" | "too_short" | "too_long" | "common" | "holds_address";
  readonly minLength: number;
}

/**
 * What is wrong with a password that somebody chooses; `undefined`: nothing. Any character of Unicode will do, and no kind
 * of them has to be there (NIST SP 800-63B). `email`: the address of its account, in its normal form, where it is known.
 */
export function findWeakness(
  password: string,
  { email, hasSecondFactor }: { readonly email?: string | undefined; readonly hasSecondFactor: boolean },
): Weakness | undefined {
  const minLength = hasSecondFactor ? MIN_LENGTH_BESIDE_SECOND_FACTOR : MIN_PASSWORD_LENGTH;
  const because = (reason: Weakness["reason"]): Weakness => ({ reason, minLength });
  const normal = normalPassword(password);
  if (normal === undefined) return because("not_text");
  if (lengthOf(password, normal) < minLength) return because("too_short");
  if (codePoints(normal) > MAX_PASSWORD_LENGTH) return because("too_long");
  if (isCommonPassword(normal) || isPredictable(normal)) return because("common");
  if (email !== undefined && holdsAddress(normal, email)) return because("holds_address");
  return undefined;
}

/** Whether a password is good beside a second factor only. */
export const isShortPassword = (password: string): boolean =>
  lengthOf(password, normalPassword(password) ?? "") < MIN_PASSWORD_LENGTH;

/** What was typed may have more characters than its normal form or fewer (one ligature is eighteen): the fewer count. */
const lengthOf = (password: string, normal: string): number => Math.min(codePoints(password), codePoints(normal));

const codePoints = (text: string): number => [...text].length;

function holdsAddress(normal: string, email: string): boolean {
  const held = normal.toLowerCase();
  const address = email.normalize("NFKC").toLowerCase();
  const name = address.slice(0, address.lastIndexOf("@"));
  return held.includes(address) || (codePoints(name) >= SHORTEST_TELLING_NAME && held.includes(name));
}

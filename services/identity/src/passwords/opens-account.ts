import type { SecondFactor } from "../second-factor/second-factor-store.ts";
import type { Password } from "./password-store.ts";

/**
 * Whether a password opens its account. A short one does only beside a second factor, which was there when it was set: both
 * are items of their own, and whoever turned the factor off at that moment has not seen it.
 */
export const opensAccount = (
  { suspended, isShort }: Pick<Password, "suspended" | "isShort">,
  secondFactor: Pick<SecondFactor, "totp"> | undefined,
): boolean => suspended === undefined && (!isShort || secondFactor?.totp !== undefined);

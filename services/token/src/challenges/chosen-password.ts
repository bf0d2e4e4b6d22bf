import type { Sealing } from "@lanyard/secrets";
import type { Challenge } from "./challenge-store.ts";

const placeOf = (challengeId: string): string => `challenge/${challengeId}/password`;

/** What a challenge keeps of a password that waits for its proof: the hash, sealed for this challenge. */
export async function sealChosenPassword(
  sealing: Sealing,
  challengeId: string,
  { passwordHash, isShort }: { readonly passwordHash?: string | undefined; readonly isShort?: boolean | undefined },
): Promise<Pick<Challenge, "sealedPasswordHash" | "isShort">> {
  if (passwordHash === undefined) return {};
  return {
    sealedPasswordHash: await sealing.seal(passwordHash, placeOf(challengeId)),
    ...(isShort !== undefined && { isShort }),
  };
}

/**
 * What an answered challenge says that signs in: whose address was proven, and what waited for that, unless somebody else may
 * have chosen it. @throws SealBroken
 */
export async function provenBy(
  sealing: Sealing,
  { challengeId, challengeKind, email, visitorId, sealedPasswordHash, isShort, used }: Challenge,
): Promise<{ email: string; visitorId?: string; chosenPasswordHash?: string; chosenIsShort?: boolean }> {
  return {
    email,
    ...(visitorId !== undefined && { visitorId }),
    ...(challengeKind === "registration" &&
      sealedPasswordHash !== undefined &&
      used?.isCrossed !== true && {
        chosenPasswordHash: String(await sealing.open(sealedPasswordHash, placeOf(challengeId))),
        chosenIsShort: isShort ?? true,
      }),
  };
}

import { REGISTRATIONS_KEPT, registrationsItem } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { changeItem, type ItemStore, typedItems } from "@lanyard/storage";
import { addressName } from "./address-name.ts";
import type { Challenge } from "./challenge-store.ts";
import { type AddressRegistrations, decideListing, isCrossed } from "./decide-registrations.ts";

/** A registration that is asked for. */
export interface AskedRegistration {
  /** In its normal form. */
  readonly email: string;
  readonly challengeId: string;
  /** When it was received, ISO 8601. */
  readonly from: string;
  /** From when on nobody can answer it, ISO 8601. */
  readonly until: string;
  /** Absent: it is not hashed yet. */
  readonly passwordHash?: string;
}

/** The registrations of an address, whoever asked for them: their mails are alike, and its owner may answer any. */
export interface Registrations {
  /** Lists it, each once, and what is known of its password; to be done before it can be answered. */
  list(registration: AskedRegistration, options: { readonly writtenBy: string }): Promise<void>;
  /** Whether somebody else may have chosen the password of a registration that is answered now. Of one that is not there: yes. */
  areCrossedBy(
    challenge: Pick<Challenge, "challengeId" | "challengeKind" | "email" | "used"> | undefined,
  ): Promise<boolean>;
}

/** What is listed stands as long as the challenges themselves do. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

export function registrations(tokenTable: ItemStore, derivation: Derivation): Registrations {
  const items = typedItems(tokenTable, registrationsItem);
  return {
    async list({ email, passwordHash, ...open }, { writtenBy }) {
      const tagged = {
        ...open,
        ...(passwordHash !== undefined && { passwordTag: passwordTag(derivation, passwordHash) }),
      };
      await changeItem(
        items,
        [addressName(derivation, email)],
        `${writtenBy}/list`,
        (state) => decideListing(state, tagged, { kept: REGISTRATIONS_KEPT }),
        ttlOf,
      );
    },
    async areCrossedBy(challenge) {
      // What was decided when it was answered stands in the challenge.
      if (challenge === undefined) return true;
      if (challenge.challengeKind !== "registration" || challenge.used !== undefined) return false;
      const state = await items.load(addressName(derivation, challenge.email));
      return isCrossed(state?.value, challenge.challengeId);
    },
  };
}

/**
 * Tells whether two registrations of an address have chosen one password: their hashes have one salt. It is made of the hash, so
 * that guessing by it costs as much. A key of another name makes another hash, which is taken for another password.
 */
function passwordTag(derivation: Derivation, passwordHash: string): string {
  const [kid = derivation.currentKid] = derivation.kids.toSorted();
  return derivation.bytes(kid, "registration-password", passwordHash).toString("base64url");
}

const ttlOf = ({ registrations: all }: AddressRegistrations): number =>
  Math.ceil(Math.max(...all.map(({ until }) => Date.parse(until))) / 1000) + TOMBSTONE_SECONDS;

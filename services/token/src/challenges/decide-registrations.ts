import type { registrationsItem } from "@lanyard/contracts";
import type { ItemValue } from "@lanyard/storage";

/** What is listed for an address. */
export type AddressRegistrations = ItemValue<typeof registrationsItem>;
/** One registration: from when until when it is open, and the tag of its password, once that is hashed. */
export type Registration = AddressRegistrations["registrations"][number];

export type ListingDecision =
  | { readonly kind: "list"; readonly next: AddressRegistrations }
  /** It was before, and nothing more is known of it. */
  | { readonly kind: "listed" };

/**
 * Lists a registration, or adds the tag of its password. Of more than `kept` those that end last stay; of the others it is
 * known until when one was open, and nobody's password is taken to be the same as theirs.
 */
export function decideListing(
  { registrations, crowdedUntil }: AddressRegistrations = { registrations: [] },
  registration: Registration,
  { kept }: { readonly kept: number },
): ListingDecision {
  const own = registrations.find(({ challengeId }) => challengeId === registration.challengeId);
  if (own !== undefined && (own.passwordTag !== undefined || registration.passwordTag === undefined)) {
    return { kind: "listed" };
  }
  const others = registrations.filter((each) => each !== own);
  const all = [...others, { ...own, ...registration }].sort((one, other) => endOf(one) - endOf(other));
  const dropped = all.slice(0, Math.max(0, all.length - kept)).at(-1);
  const crowded = [crowdedUntil, dropped?.until].flatMap((until) => until ?? []);
  const [latest] = crowded.toSorted((one, other) => Date.parse(other) - Date.parse(one));
  return {
    kind: "list",
    next: { registrations: all.slice(-kept), ...(latest !== undefined && { crowdedUntil: latest }) },
  };
}

/**
 * Whether another registration was open while this one was, with another password, or with one that is not known: then nobody
 * can tell which of them the owner of the address has answered. What is not listed may be any.
 */
export function isCrossed(state: AddressRegistrations | undefined, challengeId: string): boolean {
  const own = state?.registrations.find((each) => each.challengeId === challengeId);
  if (state === undefined || own?.passwordTag === undefined) return true;
  const began = Date.parse(own.from);
  if (state.crowdedUntil !== undefined && Date.parse(state.crowdedUntil) > began) return true;
  return state.registrations.some(
    (other) => other.passwordTag !== own.passwordTag && Date.parse(other.from) < endOf(own) && endOf(other) > began,
  );
}

const endOf = ({ until }: Registration): number => Date.parse(until);

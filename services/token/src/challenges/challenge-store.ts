import { challengeItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export type Challenge = ItemValue<typeof challengeItem>;

/** What was spent stands this long as the tombstone that late messages find. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

/** A decision about a challenge; one that has a `next` state wants it written. */
export interface MadeDecision {
  readonly kind: string;
  readonly next?: Challenge;
}

/** Challenges, each at an id that only the operation that made it can derive. */
export interface ChallengeStore {
  load(challengeId: string): Promise<Challenge | undefined>;
  /** Puts the challenge unless it stands; gives back the one that does. */
  create(challenge: Challenge, options: { readonly writtenBy: string }): Promise<Challenge>;
  /** Decides on the challenge as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends MadeDecision>(
    challengeId: string,
    writtenBy: string,
    decide: (challenge: Challenge) => D,
  ): Promise<{ readonly decision: D; readonly challenge: Challenge } | undefined>;
}

export function challengeStore(tokenTable: ItemStore): ChallengeStore {
  const items = typedItems(tokenTable, challengeItem);
  return {
    load: async (challengeId) => (await items.load(challengeId))?.value,
    async create(challenge, { writtenBy }) {
      const options = { writtenBy, ttlEpochSeconds: ttlOf(challenge) };
      const { stored } = await items.putIfAbsent(challenge, [challenge.challengeId], options);
      if (stored === undefined) throw new Error("the challenge that stood has vanished");
      return stored.value;
    },
    change: (challengeId, writtenBy, decide) =>
      compareAndSet(items, [challengeId], writtenBy, (current) => {
        if (current === undefined) return { kind: "keep" as const, result: undefined };
        const decision = decide(current.value);
        const { next } = decision;
        if (next === undefined) return { kind: "keep" as const, result: { decision, challenge: current.value } };
        return {
          kind: "write" as const,
          value: next,
          ttlEpochSeconds: ttlOf(next),
          result: (stored: Stored<Challenge>) => ({ decision, challenge: stored.value }),
        };
      }),
  };
}

const ttlOf = ({ codeExpiresAt, linkExpiresAt = codeExpiresAt }: Challenge): number =>
  Math.ceil(Math.max(Date.parse(codeExpiresAt), Date.parse(linkExpiresAt)) / 1000) + TOMBSTONE_SECONDS;

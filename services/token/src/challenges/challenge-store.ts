import { challengeItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";

export type Challenge = ItemValue<typeof challengeItem>;

/** What was spent stands this long as the tombstone that late messages find. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

/** Challenges, each at an id that only the operation that made it can derive. */
export interface ChallengeStore {
  load(challengeId: string): Promise<Challenge | undefined>;
  /** Puts the challenge unless it stands; gives back the one that does. */
  create(challenge: Challenge, options: { readonly writtenBy: string }): Promise<Challenge>;
  /** Decides on the challenge as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends NextDecision<Challenge>>(
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
    async change<D extends NextDecision<Challenge>>(
      challengeId: string,
      writtenBy: string,
      decide: (challenge: Challenge) => D,
    ) {
      const { decision, value } = await changeItem(
        items,
        [challengeId],
        writtenBy,
        (challenge): NextDecision<Challenge> & { readonly made?: D } => {
          if (challenge === undefined) return { kind: "absent" };
          const made = decide(challenge);
          return { ...made, made };
        },
        ttlOf,
      );
      return value === undefined || decision.made === undefined
        ? undefined
        : { decision: decision.made, challenge: value };
    },
  };
}

const ttlOf = ({ createdAt, codeExpiresAt = createdAt, linkExpiresAt = createdAt }: Challenge): number =>
  Math.ceil(Math.max(Date.parse(codeExpiresAt), Date.parse(linkExpiresAt)) / 1000) + TOMBSTONE_SECONDS;

import { secondFactorChallengeItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";

export type SecondFactorChallenge = ItemValue<typeof secondFactorChallengeItem>;

/** Late messages find what became of it. */
const TOMBSTONE_SECONDS = 2 * 24 * 3600;

/** Sign-ins that wait for their second factor, each at an id that only the operation that began it can derive. */
export interface SecondFactorChallenges {
  load(challengeId: string): Promise<SecondFactorChallenge | undefined>;
  /** Puts it unless it is there; gives back the one that stands. */
  create(challenge: SecondFactorChallenge, options: { readonly writtenBy: string }): Promise<SecondFactorChallenge>;
  /** Decides on it as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<Made extends NextDecision<SecondFactorChallenge>>(
    challengeId: string,
    writtenBy: string,
    decide: (challenge: SecondFactorChallenge | undefined) => Made,
  ): Promise<{ readonly decision: Made; readonly challenge: SecondFactorChallenge | undefined }>;
}

export function secondFactorChallenges(identityTable: ItemStore): SecondFactorChallenges {
  const items = typedItems(identityTable, secondFactorChallengeItem);
  const ttlOf = ({ expiresAt }: SecondFactorChallenge): number =>
    Math.ceil(Date.parse(expiresAt) / 1000) + TOMBSTONE_SECONDS;
  return {
    load: async (challengeId) => (await items.load(challengeId))?.value,
    async create(challenge, { writtenBy }) {
      const options = { writtenBy, ttlEpochSeconds: ttlOf(challenge) };
      const { stored } = await items.putIfAbsent(challenge, [challenge.challengeId], options);
      if (stored === undefined) throw new Error("the sign-in that waited has vanished");
      return stored.value;
    },
    async change(challengeId, writtenBy, decide) {
      const { decision, value } = await changeItem(items, [challengeId], writtenBy, decide, ttlOf);
      return { decision, challenge: value };
    },
  };
}

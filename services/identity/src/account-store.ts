import { claimCounts, emailClaimItem, userEmailItem, userItem } from "@lanyard/contracts";
import { ContentionExceeded, type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import { type AccountState, decideAccount } from "./accounts/decide-account.ts";
import type { User } from "./user-store.ts";

export type EmailClaim = ItemValue<typeof emailClaimItem>;

/** Accounts, each found by the address that is claimed for it. */
export interface AccountStore {
  /**
   * The account of the address, made if there is none; `wanted` is the claim that then stands. `isOwn`: it is the one that
   * `wanted` names, now or in an earlier run. Throws `ContentionExceeded` when others were always faster.
   */
  ensure(
    wanted: EmailClaim,
    options: { readonly writtenBy: string },
  ): Promise<{ readonly user: User; readonly isOwn: boolean }>;
}

/** Each of them means that the claim was replaced, or that the account it named has changed its address, in between. */
const MAX_CHANGES = 50;

export function accountStore(identityTable: ItemStore): AccountStore {
  const claims = typedItems(identityTable, emailClaimItem);
  const users = typedItems(identityTable, userItem);
  const userEmails = typedItems(identityTable, userEmailItem);

  const userAt = async (userId: string): Promise<User | undefined> => (await users.load(userId))?.value;

  /** Read after the claim: a copy of this operation that got further is then seen, in the claim or in the account it made. */
  const stateOf = async (claim: EmailClaim | undefined, ownId: string): Promise<AccountState> => {
    // Nothing is ever made before its claim, and no claim is ever removed.
    if (claim === undefined) return { claim, profile: undefined, counts: false, own: undefined };
    const isOwn = claim.userId === ownId;
    const [profile, other] = await Promise.all([userAt(claim.userId), isOwn ? undefined : userAt(ownId)]);
    return { claim, profile, counts: claimCounts(claim, profile), own: isOwn ? profile : other };
  };

  return {
    async ensure(wanted, { writtenBy }) {
      let claim = await claims.load(wanted.email);
      for (let changes = 0; changes < MAX_CHANGES; changes += 1) {
        const decision = decideAccount(await stateOf(claim?.value, wanted.userId), wanted);
        switch (decision.kind) {
          case "claim": {
            const { next } = decision;
            // Lost or won, what stands now is what counts.
            claim =
              claim === undefined
                ? (await claims.putIfAbsent(next, [next.email], { writtenBy })).stored
                : (await claims.replace(claim, next, { writtenBy })).stored;
            break;
          }
          case "complete":
            await users.putIfAbsent(decision.user, [decision.user.userId], { writtenBy });
            break;
          case "found": {
            const { user, isOwn, since } = decision;
            const { userId } = user;
            const { email } = wanted;
            // Looked at before it is written: at nearly every sign-in it stands.
            if ((await userEmails.load(userId, email)) === undefined) {
              await userEmails.putIfAbsent({ userId, email, since }, [userId, email], { writtenBy });
            }
            return { user, isOwn };
          }
        }
      }
      throw new ContentionExceeded(MAX_CHANGES);
    },
  };
}

import {
  claimChanges,
  claimCounts,
  emailChangeItem,
  emailClaimItem,
  isUndone,
  userEmailItem,
  userItem,
} from "@lanyard/contracts";
import { ContentionExceeded, type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";
import { type AddressState, type Completion, decideAccount } from "./accounts/decide-account.ts";
import { decideEmailChange, type EmailChangeDecision, type WantedEmail } from "./accounts/decide-email-change.ts";
import { emailChangeKeptUntil, emailUndoStore } from "./email-undo-store.ts";
import { foundAccount } from "./found-account.ts";
import type { User } from "./user-store.ts";

export type EmailClaim = ItemValue<typeof emailClaimItem>;

/** How a change of address ended. */
export type EmailChanged = Extract<
  EmailChangeDecision,
  { readonly kind: "changed" | "carried" | "superseded" | "taken" }
>;

/** Accounts, each found by the address that is claimed for it. */
export interface AccountStore {
  /**
   * The account of the address, made if there is none; `wanted` is the claim that then stands. `isOwn`: it is the one that
   * `wanted` names, now or in an earlier run. Every run of one operation gives the same account, whatever has become of the
   * address. Throws `ContentionExceeded` when others were always faster.
   */
  ensure(
    wanted: EmailClaim,
    options: { readonly writtenBy: string },
  ): Promise<{ readonly user: User; readonly isOwn: boolean }>;
  /**
   * Gives an account an address that was proven, unless another account carries it; `now` in ISO 8601. The old one is free
   * once this has ended as `changed`. One that takes a change back stands whatever was received later. Throws `ContentionExceeded` likewise.
   */
  changeEmail(
    wanted: WantedEmail,
    options: { readonly writtenBy: string; readonly now: () => string },
  ): Promise<EmailChanged>;
}

/** Each of them means that the claim was replaced, or that the account it named has changed its address, in between. */
const MAX_CHANGES = 50;

export function accountStore(identityTable: ItemStore): AccountStore {
  const claims = typedItems(identityTable, emailClaimItem);
  const users = typedItems(identityTable, userItem);
  const userEmails = typedItems(identityTable, userEmailItem);
  const emailChanges = typedItems(identityTable, emailChangeItem);
  const undos = emailUndoStore(identityTable);

  /** Read after the claim: a copy of this operation that got further is then seen, in the claim or in the account it made. */
  const standing = async (claim: EmailClaim | undefined, ownId: string | undefined) => {
    const isOwn = claim?.userId === ownId;
    const [holder, other] = await Promise.all([
      claim === undefined ? undefined : users.load(claim.userId),
      isOwn || ownId === undefined ? undefined : users.load(ownId),
    ]);
    const profile = holder?.value;
    const state: AddressState = {
      claim,
      profile,
      counts: claim !== undefined && claimCounts(claim, profile),
      changes: claim !== undefined && claimChanges(claim, profile),
    };
    return { state, holder, own: isOwn ? holder : other };
  };

  /** Lost or won, what stands afterwards is what counts: it is read before the next decision. */
  const putClaim = async (
    current: Stored<EmailClaim> | undefined,
    next: EmailClaim,
    writtenBy: string,
  ): Promise<Stored<EmailClaim> | undefined> =>
    (current === undefined
      ? await claims.putIfAbsent(next, [next.email], { writtenBy })
      : await claims.replace(current, next, { writtenBy })
    ).stored;

  const complete = async (missing: Completion, holder: Stored<User> | undefined, writtenBy: string): Promise<void> => {
    const { user } = missing;
    if (missing.kind === "complete") await users.putIfAbsent(user, [user.userId], { writtenBy });
    else if (holder !== undefined) {
      const { change } = missing;
      const ttlEpochSeconds = emailChangeKeptUntil(change.at);
      await emailChanges.putIfAbsent(change, [user.userId, change.operationId], { writtenBy, ttlEpochSeconds });
      await users.replace(holder, user, { writtenBy });
    }
  };

  /** Read after the account: another undo is on its list before it changes anything, or changes the account later. */
  const isUndoneByAnother = async ({ userId, operationId, undoes }: WantedEmail): Promise<boolean> => {
    if (undoes === undefined) return false;
    const all = await undos.of(userId);
    const own = all.find(({ changeId }) => changeId === undoes);
    const others = all.filter((undo) => undo.operationId !== operationId);
    return own === undefined || isUndone({ operationId: undoes, fromVersion: own.fromVersion }, others);
  };

  /** Looked at before it is written: at nearly every sign-in it stands. */
  const noteAddress = async (userId: string, email: string, since: string, writtenBy: string): Promise<void> => {
    if ((await userEmails.load(userId, email)) !== undefined) return;
    await userEmails.putIfAbsent({ userId, email, since }, [userId, email], { writtenBy });
  };

  return {
    async ensure(wanted, { writtenBy }) {
      const found = foundAccount(identityTable, wanted, { writtenBy });
      let claim = await claims.load(wanted.email);
      for (let changes = 0; changes < MAX_CHANGES; changes += 1) {
        if (found.userId !== undefined) {
          const decided = await users.load(found.userId);
          if (decided === undefined) throw new Error("the account that was found has vanished");
          return { user: decided.value, isOwn: found.userId === wanted.userId };
        }
        // Nothing is ever made before its claim, and no claim is ever removed.
        const ownId = claim === undefined ? undefined : wanted.userId;
        const { state, holder, own } = await standing(claim?.value, ownId);
        const decision = decideAccount({ ...state, own: own?.value }, wanted);
        switch (decision.kind) {
          case "claim":
            claim = (await found.noneAt(claim?.version ?? 0))
              ? await putClaim(claim, decision.next, writtenBy)
              : await claims.load(wanted.email);
            break;
          case "complete":
          case "change":
            await complete(decision, holder, writtenBy);
            break;
          case "found": {
            const { user, isOwn, since } = decision;
            await noteAddress(user.userId, wanted.email, since, writtenBy);
            // What this operation has made is found by its id.
            if (isOwn || (await found.is(user.userId))) return { user, isOwn };
            claim = await claims.load(wanted.email);
          }
        }
      }
      throw new ContentionExceeded(MAX_CHANGES);
    },

    async changeEmail(wanted, { writtenBy, now }) {
      const { userId, email } = wanted;
      let claim = await claims.load(email);
      for (let changes = 0; changes < MAX_CHANGES; changes += 1) {
        const { state, holder, own } = await standing(claim?.value, userId);
        const standingNow = { ...state, user: own?.value, isUndone: await isUndoneByAnother(wanted) };
        const decision = decideEmailChange(standingNow, wanted, now());
        switch (decision.kind) {
          case "claim":
            claim = await putClaim(claim, decision.next, writtenBy);
            break;
          case "complete":
          case "change":
            await complete(decision, holder, writtenBy);
            break;
          case "settle":
            if (own !== undefined) await users.replace(own, decision.user, { writtenBy });
            break;
          case "changed":
          case "carried":
            await noteAddress(userId, email, decision.at, writtenBy);
            return decision;
          case "superseded":
          case "taken":
            return decision;
        }
      }
      throw new ContentionExceeded(MAX_CHANGES);
    },
  };
}

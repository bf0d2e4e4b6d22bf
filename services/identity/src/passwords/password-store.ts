import {
  ACCOUNT_CHANGES_KEPT,
  claimCounts,
  emailClaimItem,
  passwordItem,
  secondFactorItem,
  userItem,
} from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";
import type { User } from "../user-store.ts";
import { decideSetPassword, type SetPasswordDecision, type WantedPassword } from "./decide-set-password.ts";
import { opensAccount } from "./opens-account.ts";

export type Password = ItemValue<typeof passwordItem>;

/** An account's password, if it has one, and whether it opens the account now: `opensAccount`. */
export interface StandingPassword {
  readonly password: Password | undefined;
  readonly opens: boolean;
}

/** An account and its password, as far as there are any. */
export interface PasswordAccount extends StandingPassword {
  readonly user: User | undefined;
}

/** The passwords of accounts, one each. */
export interface PasswordStore {
  /** As it stands at this moment. */
  load(userId: string): Promise<Password | undefined>;
  /** The same, and what it is worth beside the second factor. */
  standing(userId: string): Promise<StandingPassword>;
  /** The account that carries a normal address. Reads as much for none, at `nobodyId`, where nothing stands. */
  ofAddress(email: string, nobodyId: string): Promise<PasswordAccount>;
  /** Sets a password, if it counts: `decideSetPassword`. */
  set(
    wanted: WantedPassword,
    options: { readonly now: string; readonly writtenBy: string },
  ): Promise<SetPasswordDecision>;
  /** Puts a new hash of the same password in place of its old one; nothing if it is another password by now. */
  renewHash(password: Password, hash: string, options: { readonly writtenBy: string }): Promise<void>;
  /** Makes the password open nothing, unless it was set after `receivedAt`. */
  suspend(
    userId: string,
    by: {
      readonly operationId: string;
      readonly receivedAt: string;
      /** One that was set before stays as it is, ISO 8601. Default: whenever it was set. */
      readonly since?: string | undefined;
      /** One that can stand alone stays as it is. Default: that does not save it. */
      readonly onlyShort?: boolean;
      readonly now: string;
      readonly writtenBy: string;
    },
  ): Promise<void>;
}

export function passwordStore(identityTable: ItemStore): PasswordStore {
  const passwords = typedItems(identityTable, passwordItem);
  const users = typedItems(identityTable, userItem);
  const claims = typedItems(identityTable, emailClaimItem);
  const secondFactors = typedItems(identityTable, secondFactorItem);

  const load = async (userId: string): Promise<Password | undefined> => (await passwords.load(userId))?.value;
  const standing = async (userId: string): Promise<StandingPassword> => {
    const [password, secondFactor] = await Promise.all([load(userId), secondFactors.load(userId)]);
    return { password, opens: password !== undefined && opensAccount(password, secondFactor?.value) };
  };
  const change = <Made extends NextDecision<Password>>(
    userId: string,
    writtenBy: string,
    decide: (password: Password | undefined) => Made,
  ) => changeItem(passwords, [userId], writtenBy, decide, () => undefined);

  return {
    load,
    standing,
    async ofAddress(email, nobodyId) {
      const claim = (await claims.load(email))?.value;
      const userId = claim?.userId ?? nobodyId;
      const [profile, ofUser] = await Promise.all([users.load(userId), standing(userId)]);
      const user = profile?.value;
      return claim !== undefined && claimCounts(claim, user)
        ? { user, ...ofUser }
        : { user: undefined, password: undefined, opens: false };
    },
    async set(wanted, { now, writtenBy }) {
      const hasSecondFactor = wanted.isShort && (await secondFactors.load(wanted.userId))?.value.totp !== undefined;
      const { decision, value } = await change(wanted.userId, writtenBy, (password) =>
        decideSetPassword(password, wanted, { now, hasSecondFactor, changesKept: ACCOUNT_CHANGES_KEPT }),
      );
      if (decision.kind !== "set") return decision;
      // A copy of its own message may have been faster, by another clock: what stands says when.
      const own = value?.changes.find(({ operationId }) => operationId === wanted.operationId);
      return { ...decision, at: own?.at ?? decision.at };
    },
    async renewHash({ userId, setBy, hash: old }, hash, { writtenBy }) {
      await change(userId, writtenBy, (password) =>
        password?.setBy === setBy && password.hash === old
          ? { kind: "renew", next: { ...password, hash } }
          : { kind: "keep" },
      );
    },
    async suspend(userId, { operationId, receivedAt, since = "", onlyShort = false, now, writtenBy }) {
      await change(userId, writtenBy, (password) =>
        password === undefined ||
        password.suspended !== undefined ||
        password.receivedAt > receivedAt ||
        password.setAt < since ||
        (onlyShort && !password.isShort)
          ? { kind: "keep" }
          : { kind: "suspend", next: { ...password, suspended: { at: now, operationId } } },
      );
    },
  };
}

import {
  challengeItem,
  claimCounts,
  emailClaimItem,
  sessionItem,
  signingKeyItem,
  userEmailItem,
  userItem,
} from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type Session = ItemValue<typeof sessionItem>;
export type Challenge = ItemValue<typeof challengeItem>;
export type SigningKeyRecord = ItemValue<typeof signingKeyItem>;
export type User = ItemValue<typeof userItem>;
export type EmailClaim = ItemValue<typeof emailClaimItem>;

/** A user that carries an address or ever carried it. */
export interface UserOfEmail {
  readonly userId: string;
  /** When the address first became this user's, ISO 8601. */
  readonly since: string;
  /** Whether the address is this user's now. */
  readonly current: boolean;
}

/** What the gateway reads of other services' tables, consistently but where it is said. */
export interface Projections {
  user(userId: string): Promise<User | undefined>;
  session(userId: string, sessionId: string): Promise<Session | undefined>;
  challenge(challengeId: string): Promise<Challenge | undefined>;
  /** Every generation of the signing key, newest first. */
  signingKeys(): Promise<readonly SigningKeyRecord[]>;
  /** Every session of a user that still stands, tombstones included. */
  sessionsOf(userId: string): Promise<readonly Session[]>;
  /** The claim of a normal address, if it counts: the account it names carries the address. */
  claimOf(email: string): Promise<EmailClaim | undefined>;
  /**
   * Whoever carries a normal address or ever carried it, oldest first. Who carries it now is read consistently; who carried
   * it before comes of an index, which may be seconds behind.
   */
  usersOfEmail(email: string): Promise<readonly UserOfEmail[]>;
}

export function projections(tables: {
  readonly identity: ItemStore;
  readonly session: ItemStore;
  readonly token: ItemStore;
}): Projections {
  const users = typedItems(tables.identity, userItem);
  const sessions = typedItems(tables.session, sessionItem);
  const challenges = typedItems(tables.token, challengeItem);
  const signingKeys = typedItems(tables.token, signingKeyItem);
  const claims = typedItems(tables.identity, emailClaimItem);
  const userEmails = typedItems(tables.identity, userEmailItem);

  const claimOf = async (email: string): Promise<EmailClaim | undefined> => {
    const claim = (await claims.load(email))?.value;
    if (claim === undefined) return undefined;
    const profile = (await users.load(claim.userId))?.value;
    return claimCounts(claim, profile) ? claim : undefined;
  };

  return {
    user: async (userId) => (await users.load(userId))?.value,
    session: async (userId, sessionId) => (await sessions.load(userId, sessionId))?.value,
    challenge: async (challengeId) => (await challenges.load(challengeId))?.value,
    async signingKeys() {
      const found: SigningKeyRecord[] = [];
      let after: string | undefined;
      do {
        const { pk } = signingKeyItem.key(1);
        const page = await tables.token.list(pk, { newestFirst: true, ...(after === undefined ? {} : { after }) });
        found.push(...page.items.map((item) => signingKeys.parse(item).value));
        after = page.cursor;
      } while (after !== undefined);
      return found;
    },
    async sessionsOf(userId) {
      const { pk, sk } = sessionItem.key(userId, "");
      const found: Session[] = [];
      let after: string | undefined;
      do {
        const page = await tables.session.list(pk, { skPrefix: sk, ...(after === undefined ? {} : { after }) });
        found.push(...page.items.map((item) => sessions.parse(item).value));
        after = page.cursor;
      } while (after !== undefined);
      return found;
    },
    claimOf,
    async usersOfEmail(email) {
      const claim = await claimOf(email);
      const since = new Map<string, string>();
      // The index may not have it yet, nor may anything it could have.
      if (claim !== undefined) since.set(claim.userId, claim.claimedAt);
      let after: string | undefined;
      do {
        const page = await userEmails.listByIndex("by_email", email, after === undefined ? {} : { after });
        for (const { value } of page.items) since.set(value.userId, value.since);
        after = page.cursor;
      } while (after !== undefined);
      return [...since]
        .map(([userId, at]) => ({ userId, since: at, current: userId === claim?.userId }))
        .sort((one, other) => compare(one.since, other.since) || compare(one.userId, other.userId));
    },
  };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

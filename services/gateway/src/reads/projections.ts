import {
  challengeItem,
  claimCounts,
  emailChangeItem,
  emailClaimItem,
  emailUndoItem,
  knownDevicesItem,
  passwordItem,
  secondFactorItem,
  sessionItem,
  sessionReportItem,
  signingKeyItem,
  userEmailItem,
  userItem,
} from "@lanyard/contracts";
import {
  type ItemKey,
  type ItemStore,
  type ItemValue,
  type JsonObject,
  type Stored,
  typedItems,
} from "@lanyard/storage";

export type Session = ItemValue<typeof sessionItem>;
export type Challenge = ItemValue<typeof challengeItem>;
export type SigningKeyRecord = ItemValue<typeof signingKeyItem>;
export type User = ItemValue<typeof userItem>;
export type KnownDevices = ItemValue<typeof knownDevicesItem>;
export type Password = ItemValue<typeof passwordItem>;
export type SecondFactor = ItemValue<typeof secondFactorItem>;
export type EmailClaim = ItemValue<typeof emailClaimItem>;
export type EmailChange = ItemValue<typeof emailChangeItem>;
export type EmailUndo = ItemValue<typeof emailUndoItem>;

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
  password(userId: string): Promise<Password | undefined>;
  secondFactor(userId: string): Promise<SecondFactor | undefined>;
  /** The devices that an account has signed in on. */
  devicesOf(userId: string): Promise<KnownDevices | undefined>;
  /** Whether somebody has said that a session is not its owner's. */
  isReported(userId: string, sessionId: string): Promise<boolean>;
  /** A change of an account's address, by the operation that made it. */
  emailChange(userId: string, changeId: string): Promise<EmailChange | undefined>;
  /** Every undo of such a change that still stands. */
  emailUndosOf(userId: string): Promise<readonly EmailUndo[]>;
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
  const passwords = typedItems(tables.identity, passwordItem);
  const secondFactors = typedItems(tables.identity, secondFactorItem);
  const sessions = typedItems(tables.session, sessionItem);
  const devices = typedItems(tables.session, knownDevicesItem);
  const reports = typedItems(tables.session, sessionReportItem);
  const challenges = typedItems(tables.token, challengeItem);
  const signingKeys = typedItems(tables.token, signingKeyItem);
  const claims = typedItems(tables.identity, emailClaimItem);
  const userEmails = typedItems(tables.identity, userEmailItem);
  const emailChanges = typedItems(tables.identity, emailChangeItem);
  const emailUndos = typedItems(tables.identity, emailUndoItem);

  /** All items of a group that begin alike. */
  const all = async (table: ItemStore, { pk, sk: skPrefix }: ItemKey, newestFirst = false) => {
    const found: Stored<JsonObject>[] = [];
    let after: string | undefined;
    do {
      const page = await table.list(pk, { skPrefix, newestFirst, ...(after === undefined ? {} : { after }) });
      found.push(...page.items);
      after = page.cursor;
    } while (after !== undefined);
    return found;
  };

  const claimOf = async (email: string): Promise<EmailClaim | undefined> => {
    const claim = (await claims.load(email))?.value;
    if (claim === undefined) return undefined;
    const profile = (await users.load(claim.userId))?.value;
    return claimCounts(claim, profile) ? claim : undefined;
  };

  return {
    user: async (userId) => (await users.load(userId))?.value,
    session: async (userId, sessionId) => (await sessions.load(userId, sessionId))?.value,
    password: async (userId) => (await passwords.load(userId))?.value,
    secondFactor: async (userId) => (await secondFactors.load(userId))?.value,
    devicesOf: async (userId) => (await devices.load(userId))?.value,
    isReported: async (userId, sessionId) => (await reports.load(userId, sessionId)) !== undefined,
    challenge: async (challengeId) => (await challenges.load(challengeId))?.value,
    emailChange: async (userId, changeId) => (await emailChanges.load(userId, changeId))?.value,
    emailUndosOf: async (userId) =>
      (await all(tables.identity, emailUndoItem.key(userId, ""))).map((item) => emailUndos.parse(item).value),
    signingKeys: async () =>
      (await all(tables.token, { pk: signingKeyItem.key(1).pk, sk: "" }, true)).map(
        (item) => signingKeys.parse(item).value,
      ),
    sessionsOf: async (userId) =>
      (await all(tables.session, sessionItem.key(userId, ""))).map((item) => sessions.parse(item).value),
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

import { passwordItem, secondFactorChallengeItem, userItem } from "@lanyard/contracts";
import { type ItemKey, type ItemStore, type JsonObject, typedItems } from "@lanyard/storage";
import { later, type Mutant } from "./mutant.ts";
import type { World } from "./world.ts";

type Run = Parameters<ReturnType<NonNullable<Mutant["handler"]>>["run"]>[0];
type Result = Awaited<ReturnType<ReturnType<NonNullable<Mutant["handler"]>>["run"]>>;

/** The same handlers, but one of them does something else around its work. */
const instead =
  (command: string, run: (real: () => Promise<Result>, given: Run, world: World) => Promise<Result>) =>
  (handler: Parameters<NonNullable<Mutant["handler"]>>[0], world: World): ReturnType<NonNullable<Mutant["handler"]>> =>
    handler.command.name === command
      ? { ...handler, run: (given) => run(() => handler.run(given), given, world) }
      : handler;

const done = (output: Record<string, unknown> = {}): Promise<Result> =>
  Promise.resolve({ kind: "done", output, events: [] } as unknown as Result);

/** Writes of some items, whatever stands there by now. */
const unconditional =
  (isMeant: (key: ItemKey, value: JsonObject, writtenBy: string) => boolean): NonNullable<Mutant["table"]> =>
  (store) => ({
    ...store,
    async replace(current, value, options) {
      const standing = isMeant(current.key, value, options.writtenBy) ? await store.load(current.key) : undefined;
      return store.replace(standing ?? current, value, options);
    },
    async putIfAbsent(key, value, options) {
      const standing = isMeant(key, value, options.writtenBy) ? await store.load(key) : undefined;
      return standing === undefined ? store.putIfAbsent(key, value, options) : store.replace(standing, value, options);
    },
  });

/** Items that are read as if they said something else. */
const readAs =
  (sk: string, change: (value: JsonObject) => JsonObject): NonNullable<Mutant["table"]> =>
  (store): ItemStore => ({
    ...store,
    async load(key) {
      const stored = await store.load(key);
      const isMeant = sk.endsWith("#") ? key.sk.startsWith(sk) : key.sk === sk;
      return stored === undefined || !isMeant ? stored : { ...stored, value: change(stored.value) };
    },
  });

const isWaiting = ({ pk }: ItemKey): boolean => pk.startsWith("second-factor#");
const isFailures = ({ sk }: ItemKey): boolean => sk.startsWith("password-failures#");
const isSecondFactor = ({ sk }: ItemKey): boolean => sk === "second-factor";

/** Deliberate defects in passwords, second factors, addresses and reports. */
export const accountMutants: readonly Mutant[] = [
  {
    name: "a chosen password that counts whoever has made the account",
    handler: instead("identity.ensureUser", async (real, { input, operationId, receivedAt }, world) => {
      const result = await real();
      const { chosenPasswordHash: hash } = input as { readonly chosenPasswordHash?: string };
      const { userId } = ("output" in result ? result.output : {}) as { readonly userId?: string };
      const identity = world.stores.get("identity");
      if (hash === undefined || userId === undefined || identity === undefined) return result;
      const password = { userId, hash, setBy: operationId, setAt: receivedAt, receivedAt, isShort: false, changes: [] };
      const items = typedItems(identity, passwordItem);
      const standing = await items.load(userId);
      if (standing === undefined) await items.putIfAbsent(password, [userId], { writtenBy: operationId });
      else await items.replace(standing, password, { writtenBy: operationId });
      return result;
    }),
  },
  {
    name: "registrations that cross, and bring their passwords",
    table: readAs("registrations", ({ registrations }) => ({
      registrations: (registrations as readonly JsonObject[]).map((each) => ({ ...each, passwordTag: "alike" })),
    })),
  },
  { name: "a registration that nobody finds listed", table: readAs("registrations", () => ({ registrations: [] })) },
  {
    name: "a password that waits for no proof",
    handler: instead("token.createChallenge", async (real, { input, operationId, receivedAt }, world) => {
      const { passwordHash: hash, email } = input as { readonly passwordHash?: string; readonly email: string };
      const identity = world.stores.get("identity");
      const claim = await identity?.load({ pk: `email#${email}`, sk: "claim" });
      const userId = claim === undefined ? undefined : String(claim.value["userId"]);
      if (hash !== undefined && userId !== undefined && identity !== undefined) {
        const items = typedItems(identity, passwordItem);
        const password = {
          userId,
          hash,
          setBy: operationId,
          setAt: receivedAt,
          receivedAt,
          isShort: false,
          changes: [],
        };
        const standing = await items.load(userId);
        if (standing === undefined) await items.putIfAbsent(password, [userId], { writtenBy: operationId });
        else await items.replace(standing, password, { writtenBy: operationId });
      }
      return real();
    }),
  },
  { name: "a sign-in by password that is not confirmed", handler: instead("identity.confirmPassword", () => done()) },
  {
    name: "a new password that ends no session",
    handler: instead("session.revokeAll", (real, { input }) =>
      String((input as { readonly reason?: string }).reason).startsWith("password_")
        ? done({ endedSessionIds: [] })
        : real(),
    ),
  },
  { name: "a password set whatever stands", table: unconditional(({ sk }) => sk === "password") },
  {
    name: "a reset that asks nothing about a later one",
    table: readAs("password", (value) => ({ ...value, receivedAt: "2000-01-01T00:00:00.000Z" })),
  },
  { name: "wrong passwords counted without a condition", table: unconditional(isFailures) },
  {
    name: "a password that is compared before it is counted",
    table: (store, _table, world) => ({
      ...store,
      async replace(current, value, options) {
        if (!isFailures(current.key)) return store.replace(current, value, options);
        later(world, 100, 1, () => store.replace(current, value, options));
        return { kind: "won", stored: { ...current, value, version: current.version + 1 } };
      },
    }),
  },
  {
    name: "a password that is counted again whenever its message comes",
    table: readAs("password-failures#", (value) => ({ ...value, counted: [] })),
  },
  { name: "a password that is known for ever", table: readAs("password", ({ suspended: _, ...value }) => value) },
  { name: "a second factor that nobody is asked for", handler: instead("identity.beginSecondFactor", () => done()) },
  {
    name: "a second factor that is lifted in words alone",
    handler: instead("identity.liftSecondFactor", (_real, { receivedAt }) => done({ liftedAt: receivedAt })),
  },
  {
    name: "a sign-in that goes on when its second factor is gone",
    handler: instead("identity.answerSecondFactor", async (real, { input }, world) => {
      const result = await real();
      if (result.kind !== "problem" || result.code !== "second_factor_expired") return result;
      const { challengeId } = input as { readonly challengeId: string };
      const waiting = await world.stores.get("identity")?.load(secondFactorChallengeItem.key(challengeId));
      if (waiting === undefined) return result;
      const { userId, method } = waiting.value;
      return done({ userId, userKind: "account", roles: [], method, secondFactor: "totp" });
    }),
  },
  {
    name: "a step that counts as often as it is shown",
    table: readAs("second-factor", (value) => {
      const totp = value["totp"] as JsonObject | undefined;
      return totp === undefined ? value : { ...value, totp: { ...totp, lastStep: 0 } };
    }),
  },
  {
    name: "backup codes that are never spent",
    table: readAs("second-factor", (value) => ({
      ...value,
      backupCodes: (value["backupCodes"] as readonly JsonObject[]).map(({ hash }) => ({ hash }) as JsonObject),
    })),
  },
  { name: "a second factor written whatever stands", table: unconditional(isSecondFactor) },
  { name: "tries of a sign-in that waits counted without a condition", table: unconditional(isWaiting) },
  {
    name: "tries of a sign-in that waits not counted",
    table: (store) => ({
      ...store,
      async load(key) {
        const stored = await store.load(key);
        if (stored === undefined || !isWaiting(key) || stored.value["used"] !== undefined) return stored;
        return { ...stored, value: { ...stored.value, attempts: [] } };
      },
    }),
  },
  {
    name: "a sign-in that waits and can be used twice",
    table: (store) => ({
      ...store,
      async load(key) {
        const stored = await store.load(key);
        if (stored === undefined || !isWaiting(key)) return stored;
        const { used: _, ...value } = stored.value;
        return { ...stored, value };
      },
    }),
  },
  {
    name: "an address taken from whoever carries it",
    accounts: (accounts, identityTable) => ({
      ...accounts,
      async changeEmail(wanted, options) {
        const ended = await accounts.changeEmail(wanted, options);
        const users = typedItems(identityTable, userItem);
        const own = ended.kind === "taken" ? await users.load(wanted.userId) : undefined;
        if (own === undefined) return ended;
        await users.replace(own, { ...own.value, email: wanted.email }, options);
        return { kind: "changed", at: options.now() };
      },
    }),
  },
  {
    name: "an address that changes without a claim",
    table: (store) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const isChange = key.sk === "claim" && value["change"] !== undefined;
        return isChange
          ? { kind: "won", stored: { key, value, version: 1, writtenBy: options.writtenBy } }
          : store.putIfAbsent(key, value, options);
      },
      async replace(current, value, options) {
        const isChange = current.key.sk === "claim" && value["change"] !== undefined;
        return isChange
          ? { kind: "won", stored: { ...current, value, version: current.version + 1 } }
          : store.replace(current, value, options);
      },
    }),
  },
  {
    name: "a report that everybody may repeat",
    table: (store) => ({
      ...store,
      load: async (key) => (key.sk.startsWith("report#") ? undefined : store.load(key)),
      putIfAbsent: async (key, value, options) =>
        key.sk.startsWith("report#")
          ? { kind: "won", stored: { key, value, version: 1, writtenBy: options.writtenBy } }
          : store.putIfAbsent(key, value, options),
    }),
  },
  {
    name: "a report that ends nothing",
    handler: instead("session.endReported", () => done({})),
  },
  {
    name: "a risk that is judged anew on every repeat",
    handler: instead("session.open", async (real, _given, { random }) => {
      const result = await real();
      if (!("events" in result)) return result;
      const events = result.events.map((event) => {
        const { risk: __, ...data } = event.data as Record<string, unknown>;
        return random.chance(0.5) ? { ...event, data } : event;
      });
      return { ...result, events } as Result;
    }),
  },
];

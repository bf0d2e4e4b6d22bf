import { emailClaimItem } from "@lanyard/contracts";
import { decideSending } from "@lanyard/notification-service";
import type { Purpose } from "@lanyard/secrets";
import { type JsonObject, typedItems } from "@lanyard/storage";
import { later, type Mutant } from "./mutant.ts";
import type { World } from "./world.ts";

/** The same secrets, but for one purpose: something new each time. */
const newEachTime =
  (purpose: Purpose): NonNullable<Mutant["secrets"]> =>
  (derivation, world) => ({
    ...derivation,
    bytes: (kid, of, ...parts) =>
      derivation.bytes(kid, of, ...parts, ...(of === purpose ? [String(world.random.next())] : [])),
  });

/** The same handlers, but one of them is run with something else than it was given. */
const runWith =
  (command: string, change: (run: Run, world: World) => Partial<Run>): NonNullable<Mutant["handler"]> =>
  (handler, world) =>
    handler.command.name === command
      ? { ...handler, run: (run) => handler.run({ ...run, ...change(run, world) }) }
      : handler;

type Run = Parameters<ReturnType<NonNullable<Mutant["handler"]>>["run"]>[0];

const answers = ["token.consumeMagicLink", "token.verifyEmailCode"];
const isChallenge = (key: { readonly pk: string }): boolean => key.pk.startsWith("challenge#");
const guessesOf = (value: JsonObject): number => (value["attempts"] as readonly unknown[]).length;

/** Deliberate defects in proving addresses, in mailing, and in how long sessions last. */
export const mailMutants: readonly Mutant[] = [
  {
    name: "unconditional spend of a challenge",
    table: (store) => ({
      ...store,
      async replace(current, value, options) {
        const standing = isChallenge(current.key) && value["used"] ? await store.load(current.key) : undefined;
        return store.replace(standing ?? current, value, options);
      },
    }),
  },
  {
    name: "spending judged by the time of carrying out",
    handler: (handler, world) =>
      answers.reduce(
        (changed, command) =>
          runWith(command, () => ({ receivedAt: new Date(world.time.now()).toISOString() }))(changed, world),
        handler,
      ),
  },
  {
    name: "answers taken two hours after their time",
    handler: (handler, world) =>
      answers.reduce(
        (changed, command) =>
          runWith(command, ({ receivedAt }) => ({
            receivedAt: new Date(Date.parse(receivedAt) - 7_200_000).toISOString(),
          }))(changed, world),
        handler,
      ),
  },
  {
    name: "a guess that is counted after it is compared",
    table: (store, _table, world) => ({
      ...store,
      async replace(current, value, options) {
        if (!isChallenge(current.key) || guessesOf(value) === guessesOf(current.value))
          return store.replace(current, value, options);
        later(world, 100, 1, () => store.replace(current, value, options));
        return { kind: "won", stored: { ...current, value, version: current.version + 1 } };
      },
    }),
  },
  {
    name: "guesses counted without a condition",
    table: (store) => ({
      ...store,
      async replace(current, value, options) {
        const counts = isChallenge(current.key) && value["used"] === undefined;
        const standing = counts ? await store.load(current.key) : undefined;
        return store.replace(standing ?? current, value, options);
      },
    }),
  },
  {
    name: "guesses at an address not counted",
    table: (store) => ({
      ...store,
      load: async (key) => (key.pk.startsWith("address#") ? undefined : store.load(key)),
      putIfAbsent: async (key, value, options) =>
        key.pk.startsWith("address#")
          ? { kind: "already-mine", stored: { key, value, version: 1, writtenBy: options.writtenBy } }
          : store.putIfAbsent(key, value, options),
    }),
  },
  {
    name: "a guess given back whatever it was",
    table: (store) => ({
      ...store,
      async load(key) {
        const stored = await store.load(key);
        return stored === undefined || !isChallenge(key) || stored.value["used"] !== undefined
          ? stored
          : { ...stored, value: { ...stored.value, attempts: [] } };
      },
    }),
  },
  {
    name: "claim written unconditionally",
    table: (store) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const standing = key.sk === "claim" ? await store.load(key) : undefined;
        return standing === undefined
          ? store.putIfAbsent(key, value, options)
          : store.replace(standing, value, options);
      },
    }),
  },
  {
    name: "a random account id on each attempt",
    handler: runWith("identity.ensureUser", ({ operationId }, { derivation, random }) => ({
      deriveUuid: () => derivation.uuid(derivation.currentKid, "identifier", operationId, String(random.next())),
    })),
  },
  {
    name: "a claim trusted without its profile",
    accounts: (accounts, identityTable) => ({
      ...accounts,
      async ensure(wanted, options) {
        const claim = (await typedItems(identityTable, emailClaimItem).load(wanted.email))?.value;
        if (claim === undefined || claim.userId === wanted.userId) return accounts.ensure(wanted, options);
        const { userId, email, claimedAt: createdAt } = claim;
        return { user: { userId, userKind: "account", email, createdAt }, isOwn: false };
      },
    }),
  },
  {
    name: "everybody tells of an account",
    accounts: (accounts) => ({
      ...accounts,
      ensure: async (wanted, options) => ({ ...(await accounts.ensure(wanted, options)), isOwn: true }),
    }),
  },
  {
    name: "an account that every copy of a message finds anew",
    table: (store) => ({
      ...store,
      putIfAbsent: async (key, value, options) =>
        key.sk === "found-account"
          ? { kind: "won", stored: { key, value, version: 1, writtenBy: options.writtenBy } }
          : store.putIfAbsent(key, value, options),
      replace: async (current, value, options) =>
        current.key.sk === "found-account"
          ? { kind: "won", stored: { ...current, value, version: current.version + 1 } }
          : store.replace(current, value, options),
    }),
  },
  {
    name: "mail lease ignored",
    decideSending: (current, attempt) => {
      const { sending: _, ...known } = current ?? {};
      return decideSending(current === undefined ? undefined : (known as typeof current), attempt);
    },
  },
  {
    name: "a mail sent again whenever it is asked for",
    decideSending: (current, attempt) => {
      const { ended: _, ...known } = current ?? {};
      return decideSending(current === undefined ? undefined : (known as typeof current), attempt);
    },
  },
  {
    name: "a Message-ID for each try",
    mailServer: (server, { random }) => ({
      send: (mail, { messageId }) => server.send(mail, { messageId: messageId.replace("@", `.${random.next()}@`) }),
    }),
  },
  { name: "a random link on each attempt", secrets: newEachTime("magic-link-token") },
  { name: "a random code on each attempt", secrets: newEachTime("email-code") },
  {
    name: "a use that asks nothing about the end",
    touchedSessions: (sessions) => ({
      ...sessions,
      change: (id, writtenBy, decide) =>
        sessions.change(id, writtenBy, (current) => {
          const { revoked: _, ...living } = current ?? {};
          return decide(current === undefined ? undefined : (living as typeof current));
        }),
    }),
  },
  {
    name: "uses that are not written",
    touchedSessions: (sessions) => ({
      ...sessions,
      change: (id, writtenBy, decide) => sessions.change(id, writtenBy, () => decide(undefined)),
    }),
  },
  { name: "accounts that stay for ever", lifetimes: (given) => ({ ...given, accountMaxSeconds: 10 * 365 * 86_400 }) },
];

import { bulkRevocationItem, pullHeadItem, type RevocationScope, sessionItem } from "@lanyard/contracts";
import { again } from "@lanyard/messaging";
import { revocationLog, type Session } from "@lanyard/session-service";
import { type ItemKey, type ItemStore, type JsonObject, type Stored, typedItems } from "@lanyard/storage";
import { later, type Mutant } from "./mutant.ts";
import { stepOf } from "./noted-runs.ts";
import type { World } from "./world.ts";

const isPull = ({ pk }: Pick<ItemKey, "pk">): boolean => pk === "pulls";
const isRoster = ({ sk }: ItemKey): boolean => sk === "roster";
const isSession = ({ sk }: ItemKey): boolean => sk.startsWith("session#");

/** The same table, but what it says has changed on the way to its reader. */
const reading = (
  store: ItemStore,
  change: (item: Stored<JsonObject>) => Stored<JsonObject>,
): Pick<ItemStore, "load" | "list"> => ({
  async load(key) {
    const found = await store.load(key);
    return found && change(found);
  },
  async list(pk, options) {
    const page = await store.list(pk, options);
    return { ...page, items: page.items.map(change) };
  },
});

/** The same table, but these items are written whatever stands there. */
const unconditionally = (
  store: ItemStore,
  which: (key: ItemKey, writtenBy: string) => boolean,
): Pick<ItemStore, "putIfAbsent" | "replace"> => ({
  async putIfAbsent(key, value, options) {
    const standing = which(key, options.writtenBy) ? await store.load(key) : undefined;
    return standing === undefined ? store.putIfAbsent(key, value, options) : store.replace(standing, value, options);
  },
  async replace(current, value, options) {
    const standing = which(current.key, options.writtenBy) ? await store.load(current.key) : undefined;
    return store.replace(standing ?? current, value, options);
  },
});

const newestPull = async (world: World): Promise<number> => {
  const store = world.stores.get("session");
  return store === undefined ? 0 : ((await typedItems(store, pullHeadItem).load())?.value.last ?? 0);
};

const swapped: Readonly<Record<string, RevocationScope["kind"]>> = { accounts: "anonymous", anonymous: "accounts" };

/** Events that an audit worker has begun; lost with nothing, as a "seen" table would be. */
const seenIn = new WeakMap<World, Set<string>>();

/** Deliberate defects in pulls, their sweeps, the rosters of accounts and the security log. */
export const andonMutants: readonly Mutant[] = [
  {
    name: "a pull numbered by read-then-write",
    table: (store) => ({ ...store, ...unconditionally(store, isPull) }),
  },
  {
    name: "a repeat takes a second number",
    bulkRevocations: (revocations, { sessionTable }) => ({
      ...revocations,
      async putInForce(asked, options) {
        const standing = await sessionTable.load(bulkRevocationItem.key(asked.revocationId));
        const { effective, operationId } = standing?.value ?? {};
        const isAnothers = effective !== undefined && operationId !== asked.operationId;
        if (standing !== undefined && isAnothers) await sessionTable.remove(standing);
        return revocations.putInForce(asked, options);
      },
    }),
  },
  {
    name: "a pull answered before it stands",
    bulkRevocations: (revocations, { world }) => ({
      ...revocations,
      async putInForce(asked, options) {
        later(world, 1_000, 1, () => revocations.putInForce(asked, options));
        const number = (await newestPull(world)) + 1;
        return { ...asked, candidate: number, effective: { number, at: new Date(options.now()).toISOString() } };
      },
    }),
  },
  {
    name: "a stamp that was read some time ago",
    pulls(pulls) {
      let newest: number | undefined;
      return {
        async inForce() {
          const inForce = await pulls.inForce();
          newest ??= inForce.newest;
          return { ...inForce, newest };
        },
      };
    },
  },
  {
    name: "the newest stamp for every refresh",
    handler: (handler, world) =>
      handler.command.name !== "session.rotate"
        ? handler
        : {
            ...handler,
            async run(run) {
              const result = await handler.run(run);
              if (result.kind !== "done") return result;
              return { ...result, output: { ...result.output, pull: await newestPull(world) } };
            },
          },
  },
  {
    name: "a refresh that asks nothing about pulls",
    pulls: (pulls) => ({
      inForce: async () => ({ ...(await pulls.inForce()), voidedBy: () => undefined }),
    }),
  },
  {
    name: "a sweep that looks at no stamp",
    bulkRevocations: (revocations) => ({
      ...revocations,
      async load(revocationId) {
        const revocation = await revocations.load(revocationId);
        return { ...revocation, effective: { ...revocation.effective, number: 1_000_000 } };
      },
    }),
  },
  {
    name: "a sweep that marks unconditionally",
    table: (store) => ({
      ...store,
      ...unconditionally(store, (key, writtenBy) => isSession(key) && writtenBy.includes("/session.sweepRevoked")),
    }),
  },
  {
    name: "a sweep whose chain forks",
    handler: (handler) =>
      handler.command.name !== "session.sweepRevoked"
        ? handler
        : {
            ...handler,
            async run(run) {
              const result = await handler.run(run);
              return result.kind === "superseded" ? again({ step: stepOf(run) + 1 }) : result;
            },
          },
  },
  {
    name: "a sweep that counts before it marks",
    sweptSessions: (sessions, { world }) => ({
      ...sessions,
      async change(shown, writtenBy, decide) {
        later(world, 100, 0.8, () => sessions.change(shown, writtenBy, decide));
        return decide(shown.value);
      },
    }),
  },
  {
    name: "a sweep that logs each session that it marks",
    sweptSessions: (sessions, { sessionTable }) => ({
      ...sessions,
      async change(shown, writtenBy, decide) {
        const decision = await sessions.change(shown, writtenBy, decide);
        const { sessionId, revoked } = (decision.next ?? shown.value) as Session;
        if (revoked !== undefined)
          await revocationLog(sessionTable).append(
            { sessionId, reason: revoked.reason, at: revoked.at },
            { writtenBy },
          );
        return decision;
      },
    }),
  },
  {
    name: "accounts and visitors mixed up by whoever reads a pull",
    table: (store) => ({
      ...store,
      ...reading(store, (item) => {
        const scope = item.value["scope"] as RevocationScope | undefined;
        const kind = isPull(item.key) ? swapped[scope?.kind ?? ""] : undefined;
        return kind === undefined ? item : { ...item, value: { ...item.value, scope: { kind } } };
      }),
    }),
  },
  {
    name: "a gateway that reads no pulls",
    gatewayTable: (store) => ({
      ...store,
      list: async (pk, options) => (isPull({ pk }) ? { items: [] } : store.list(pk, options)),
    }),
  },
  {
    name: "an account's session written before the end of whoever went for it",
    rosterSessions: (sessions, { world }) => ({
      ...sessions,
      async change(id, writtenBy, decide) {
        const decision = decide(await sessions.load(id));
        later(world, 500, 1, () => sessions.change(id, writtenBy, decide));
        return { decision, session: decision.next };
      },
    }),
  },
  {
    name: "an end for the limit without a look at the items",
    rosterSessions: (sessions) => ({ ...sessions, load: async () => undefined }),
  },
  {
    name: "a roster that knows nothing of pulls",
    rosterSessions: (sessions, { sessionTable }) => ({
      ...sessions,
      load: async ({ userId, sessionId }) =>
        (await typedItems(sessionTable, sessionItem).load(userId, sessionId))?.value,
    }),
  },
  {
    name: "a roster written unconditionally",
    table: (store) => ({ ...store, ...unconditionally(store, isRoster) }),
  },
  {
    name: "off the roster before the end",
    table: (store) => {
      const without = (value: JsonObject): JsonObject => ({
        ...value,
        entries: (value["entries"] as JsonObject[]).filter((entry) => entry["evictedBy"] === undefined),
      });
      return {
        ...store,
        replace: (current, value, options) =>
          store.replace(current, isRoster(current.key) ? without(value) : value, options),
      };
    },
  },
  {
    name: "an end for the limit that is not logged",
    rosterRevocations: () => ({ append: async () => {} }),
  },
  {
    name: "an unopened session that has to end left without a tombstone",
    rosterSessions: (sessions) => ({
      ...sessions,
      async change(id, writtenBy, decide) {
        const session = await sessions.load(id);
        if (session === undefined) return { decision: decide(undefined), session };
        return sessions.change(id, writtenBy, decide);
      },
    }),
  },
  {
    name: "a row of the security log under an id of its own each time",
    table: (store, table, world) => ({
      ...store,
      putIfAbsent: (key, value, options) =>
        store.putIfAbsent(table === "audit" ? { ...key, sk: `${key.sk}#${world.random.next()}` } : key, value, options),
    }),
  },
  {
    name: "an event marked as seen before its row stands",
    handle: (handle, { world, queue }) => {
      if (queue !== "audit") return handle;
      const seen = seenIn.get(world) ?? new Set<string>();
      seenIn.set(world, seen);
      return (message) => {
        if (seen.has(message.body)) return Promise.resolve({ kind: "delete" });
        seen.add(message.body);
        return handle(message);
      };
    },
  },
];

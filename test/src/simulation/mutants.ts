import { decideRotation as real } from "@lanyard/session-service";
import { accountMutants } from "./account-mutants.ts";
import { andonMutants } from "./andon-mutants.ts";
import { auditMutants } from "./audit-mutants.ts";
import { mailMutants } from "./mail-mutants.ts";
import { mergeMutants } from "./merge-mutants.ts";
import { later, type Mutant } from "./mutant.ts";
import { securityMailMutants } from "./security-mail-mutants.ts";
import type { World } from "./world.ts";

/** What a process of a mutant remembers of the messages it has begun; lost with nothing, as a "seen" table would be. */
const seenIn = new WeakMap<World, Set<string>>();
const seen = (world: World): Set<string> => {
  const known = seenIn.get(world) ?? new Set<string>();
  seenIn.set(world, known);
  return known;
};

const DAY_MS = 86_400_000;

const systemMutants: readonly Mutant[] = [
  {
    name: "delete first",
    handle:
      (handle, { world, queue }) =>
      async (message) => {
        await world.broker.delete(queue, message.receiptHandle);
        return handle(message);
      },
  },
  {
    name: "mark seen first",
    handle:
      (handle, { world, queue }) =>
      (message) => {
        const mark = `${queue} ${message.body}`;
        if (seen(world).has(mark)) return Promise.resolve({ kind: "delete" });
        seen(world).add(mark);
        return handle(message);
      },
  },
  {
    name: "delete whatever became of it",
    handle: (handle) => async (message) => {
      await handle(message);
      return { kind: "delete" };
    },
  },
  {
    name: "skip the re-publish",
    transport: (transport, world) => ({
      ...transport,
      async publish(topic, message) {
        // An operation that has written is taken to have published: only its first attempt does.
        const { operationid, type } = JSON.parse(message.body) as { operationid: string; type: string };
        const mark = `${operationid} ${type}`;
        if (seen(world).has(mark)) return;
        seen(world).add(mark);
        await transport.publish(topic, message);
      },
    }),
  },
  {
    name: "publish before write",
    table: (store, table, world) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        if (table === "operations" || table === "token") return store.putIfAbsent(key, value, options);
        // The write goes out when all that follows from it has; the process may be gone by then.
        later(world, 200, 0.85, () => store.putIfAbsent(key, value, options));
        return { kind: "won", stored: { key, value, version: 1, writtenBy: options.writtenBy } };
      },
    }),
  },
  {
    name: "a random id on each attempt",
    derivation: (derivation, world) => ({
      ...derivation,
      uuid: (kid, purpose, ...parts) => derivation.uuid(kid, purpose, ...parts, String(world.random.next())),
    }),
  },
  {
    name: "unconditional write",
    table: (store) => ({
      ...store,
      async replace(current, value, options) {
        const standing = await store.load(current.key);
        return store.replace(standing ?? current, value, options);
      },
    }),
  },
  {
    name: "unconditional put",
    table: (store) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const standing = await store.load(key);
        return standing === undefined
          ? store.putIfAbsent(key, value, options)
          : store.replace(standing, value, options);
      },
    }),
  },
  {
    name: "unconditional delete",
    transport: (transport, world) => ({
      ...transport,
      // Deletes by place in the queue and not by receipt: whatever has moved up goes.
      async delete(queue, receiptHandle) {
        await transport.delete(queue, receiptHandle);
        const [other] = await world.broker.receive(queue, { max: 1, waitSeconds: 0, visibilitySeconds: 0 });
        if (other !== undefined) await world.broker.delete(queue, other.receiptHandle);
      },
    }),
  },
  {
    name: "theft by generation alone",
    decideRotation: (session, presented, context) =>
      real(
        session,
        {
          ...presented,
          receivedAt: presented.generation === session?.generation ? presented.receivedAt : context.now + DAY_MS,
        },
        context,
      ),
  },
  {
    name: "ask expiry and state before was it me",
    decideRotation: (session, presented, context) => {
      if (session === undefined || session.revoked !== undefined) return { kind: "refuse" };
      if (
        presented.generation < session.generation &&
        !session.rotations.some(({ generation }) => generation === presented.generation + 1)
      )
        return { kind: "refuse" };
      if (presented.generation !== session.generation) return { kind: "refuse" };
      return real(session, presented, context);
    },
  },
  {
    name: "ignore one's own applied write",
    table: (store) => ({
      ...store,
      async putIfAbsent(key, value, options) {
        const outcome = await store.putIfAbsent(key, value, options);
        if (outcome.kind === "already-mine") throw new Error("a conflict");
        return outcome;
      },
    }),
  },
  {
    name: "trust TTL for expiry",
    decideRotation: (session, presented, context) =>
      real(
        session === undefined ? undefined : { ...session, expiresAt: new Date(context.now + DAY_MS).toISOString() },
        presented,
        context,
      ),
  },
  {
    name: "drop notAfter",
    runtimeClock: (clock) => ({ ...clock, now: () => 0 }),
  },
  {
    name: "reply before outcome",
    outcomes: (outcomes, world) => ({
      ...outcomes,
      async record(outcome) {
        later(world, 100, 0.7, () => outcomes.record(outcome));
        return outcome;
      },
    }),
  },
  {
    name: "tell before the log",
    table: (store, table, world) => ({
      ...store,
      putIfAbsent: (key, value, options) => {
        if (table !== "session" || !key.sk.startsWith("entry#")) return store.putIfAbsent(key, value, options);
        later(world, 60_000, 1, () => store.putIfAbsent(key, value, options));
        return Promise.resolve({ kind: "won", stored: { key, value, version: 1, writtenBy: options.writtenBy } });
      },
    }),
    transport: (transport) => ({
      ...transport,
      publish: async (topic, message) =>
        message.attributes["type"] === "session.revoked" ? undefined : transport.publish(topic, message),
    }),
  },
];

/** Every deliberate defect. */
export const mutants: readonly Mutant[] = [
  ...systemMutants,
  ...mailMutants,
  ...andonMutants,
  ...mergeMutants,
  ...accountMutants,
  ...securityMailMutants,
  ...auditMutants,
];

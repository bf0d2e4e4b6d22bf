import type { Json } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type ItemStore, type MemoryItemStore, type Stored, type WriteOutcome } from "@lanyard/storage";
import { type DataItem, stands } from "@lanyard/user-data";
import { dataItemStore } from "../items/data-item-store.ts";
import { accountNames } from "../moves/account-names.ts";
import { at, itemIdOf, operation } from "./items-under-test.ts";
import { accountId, mergeStep, ownedIn, type Result, slotsIn, visitorId, workerOver } from "./merges-under-test.ts";
import type { Chance } from "./scheduled-items.ts";

/** Its process is gone; the message comes again. */
class Stopped extends Error {}

/**
 * One merge, with people who write meanwhile, over a table on which every call waits for its turn, as by the real handlers in as many
 * processes; or in one process, which keeps the account's names for all of them.
 */
export function scheduledMerge(
  memory: MemoryItemStore,
  {
    turn,
    stops,
    limit = 500,
    isOneProcess = false,
  }: Chance & { readonly limit?: number; readonly isOneProcess?: boolean },
) {
  const breaches = new Set<string>();
  /** What was told, by event id. */
  const told = new Map<string, string>();
  const latest = new Map(
    ownedIn(memory, visitorId)
      .filter(stands)
      .map((item) => [item.itemId, item]),
  );
  const touched = new Set<string>();
  const results: Result[] = [];
  let calls = 0;
  let writes = 0;
  const now = (): number => Date.parse(at(60_000)) + calls;

  function afterWrite({ key, value }: Stored<unknown>): void {
    if (key.sk.startsWith("data#") && key.pk === `user#${visitorId}`) {
      const item = value as DataItem;
      if (item.ended?.how === "deleted") latest.delete(item.itemId);
      else if (item.ended === undefined) latest.set(item.itemId, item);
      else if (!ownedIn(memory, accountId).some(({ itemId }) => itemId === item.ended?.copyId)) {
        breaches.add("ended before its copy stood");
      }
    }
    for (const [kind, items] of Object.entries(Object.groupBy(ownedIn(memory, accountId), ({ kind }) => kind))) {
      const live = (items ?? []).filter((item) => stands(item) && item.held === undefined && kind !== "retired");
      if (live.length > limit) breaches.add(`${live.length} of ${kind}`);
      const claims = slotsIn(memory, accountId, kind);
      for (const { itemId, slot } of live) {
        if (claims.get(`slot#${kind}#${String(slot).padStart(6, "0")}`) !== itemId) breaches.add("no slot of its own");
      }
    }
  }

  /** The table as one run has it. */
  function tableOf(run: string): ItemStore {
    const call = async <T>(label: string, effect: () => Promise<T>): Promise<T> => {
      await turn(`${run} ${label}`);
      calls += 1;
      return effect();
    };
    const written = <T extends WriteOutcome<unknown> | "won" | "lost">(outcome: T): T => {
      if (outcome === "won") writes += 1;
      if (typeof outcome === "object" && outcome.kind === "won") {
        writes += 1;
        afterWrite(outcome.stored);
      }
      if (stops()) throw new Stopped();
      return outcome;
    };
    return {
      ...memory,
      load: (key) => call(`load ${key.sk}`, () => memory.load(key)),
      list: (...given) => call("list", () => memory.list(...given)),
      putIfAbsent: (key, ...given) =>
        call(`put ${key.sk}`, async () => written(await memory.putIfAbsent(key, ...given))),
      replace: (current, ...given) =>
        call(`replace ${current.key.sk}`, async () => written(await memory.replace(current, ...given))),
      remove: (current) => call(`remove ${current.key.sk}`, async () => written(await memory.remove(current))),
    };
  }

  const sharedNames = accountNames(dataItemStore(memory));
  const handlerOf = (label: string, command: string): Handler =>
    workerOver(tableOf(label), { limit, now, ...(isOneProcess && { names: sharedNames }) })(command);

  /** Carries a message out, again after each stop; its events are told before whatever follows it. */
  async function deliver(label: string, writtenBy: string, run: () => Promise<Result>): Promise<Result> {
    for (;;) {
      await turn(`deliver ${label}`);
      try {
        const result = await run();
        if (stops()) continue;
        for (const [index, { type, occurredAt, data }] of result.events.entries()) {
          const id = `${writtenBy} ${type} ${index}`;
          const event = JSON.stringify({ type, occurredAt, data });
          if ((told.get(id) ?? event) !== event) breaches.add(`one event told in two ways: ${id}`);
          told.set(id, event);
        }
        if (stops()) continue;
        results.push(result);
        return result;
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
      }
    }
  }

  async function merge(copy = 0): Promise<Result> {
    let cursor: Json | undefined;
    for (;;) {
      const from = cursor;
      const label = `merge/${copy} ${JSON.stringify(from ?? null)}`;
      const run = () => mergeStep(handlerOf(label, "merge.moveItems"), from);
      const result = await deliver(label, `merge ${JSON.stringify(from ?? null)}`, run);
      if (result.kind !== "again") return result;
      cursor = result.cursor;
    }
  }

  /** One delivery of a message of operation `count`; a new item is that of its number. */
  const write = (
    count: number,
    which: "save" | "remove",
    input: Record<string, unknown>,
    copy = 0,
  ): Promise<Result> => {
    const operationId = operation(count);
    const command = which === "save" ? "merge.saveItem" : "merge.removeItem";
    if (input["userId"] === accountId && typeof input["itemId"] === "string") touched.add(input["itemId"]);
    return deliver(`${which} ${count}/${copy}`, operationId, () => {
      const handler = handlerOf(`${which} ${count}/${copy}`, command);
      return handler.run({
        operationId,
        writtenBy: `${operationId}/${command}`,
        input: handler.command.input.parse(input),
        caller: { kind: "user", userId: visitorId },
        client: { ip: "192.0.2.1" },
        receivedAt: at(count),
        cursor: undefined,
        derivationKid: "k1",
        deriveUuid: () => itemIdOf(count),
      });
    });
  };

  return {
    memory,
    breaches,
    latest,
    touched,
    results,
    writes: () => writes,
    merge,
    write,
    /** The data of all that was told of items. */
    told: (): readonly Record<string, unknown>[] =>
      [...told.values()]
        .map((text) => JSON.parse(text) as { readonly type: string; readonly data: Record<string, unknown> })
        .filter(({ type }) => type === "account.itemMoved")
        .map(({ data }) => data),
    /** What was told at the end of the merge. */
    ends: (): readonly string[] => [...told.values()].filter((text) => text.includes('"account.merged"')),
  };
}

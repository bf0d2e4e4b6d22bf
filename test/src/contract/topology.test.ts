import { describe, expect, it } from "@jest/globals";
import {
  ANDON_CORD,
  allItemKinds,
  queues as contractQueues,
  deadLetterQueueOf,
  eventConsumers,
  followedQueueNames,
  limitsTable,
  typesFollowedBy,
  workers,
} from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";
import { z } from "zod";

describe("contracts and topology", () => {
  const topology = readTopology();
  const tables = new Map(topology.tables.map((table) => [table.name, table]));

  it("have the same queues, each with one dead-letter queue, and no other", () => {
    const queues = topology.queues.map((queue) => [queue.name, queue.deadLetterQueue.name]);

    expect(queues.sort()).toEqual(contractQueues.map((queue) => [queue, deadLetterQueueOf(queue)]).sort());
  });

  it("let every event through to each worker that follows all, to the others what they follow, every pull to the gateways' queue, and nothing else", () => {
    expect(topology.subscriptions).toEqual([
      ...eventConsumers.map((queue) => ({ topic: "events", queue, rawDelivery: true })),
      ...followedQueueNames.map((queue) => ({
        ...{ topic: "events", queue, rawDelivery: true },
        filterPolicy: { type: typesFollowedBy(queue) },
      })),
      { topic: ANDON_CORD, queue: ANDON_CORD, rawDelivery: true },
    ]);
  });

  it("have the topics that events and pulls are published to, and no other", () => {
    expect(topology.topics.map((topic) => topic.name)).toEqual(["events", ANDON_CORD]);
  });

  it("have the same tables", () => {
    const used = [...new Set([...allItemKinds.map((kind) => kind.table), limitsTable.name])];

    expect([...tables.keys()].sort()).toEqual(used.sort());
  });

  it("have the same indexes, each of one kind and by an attribute of its own name", () => {
    const used = allItemKinds.flatMap(({ table, indexes = [] }) => indexes.map(({ name }) => [table, name, name]));
    const declared = topology.tables.flatMap(({ name, indexes }) =>
      indexes.map((index) => [name, index.name, index.partitionKey]),
    );

    expect(declared.sort()).toEqual(used.sort());
    expect(new Set(used.map(String)).size).toBe(used.length);
  });

  it("have indexes that go by a text of the item", () => {
    const fields = allItemKinds.flatMap(({ schema, indexes = [] }) =>
      indexes.map(({ field }) => z.toJSONSchema((schema.shape as Record<string, z.ZodType>)[field] ?? z.never())),
    );

    expect(fields.filter(({ type }) => type !== "string")).toEqual([]);
    expect(fields.length).toBeGreaterThan(0);
  });

  it.each(workers)("let %s record outcomes and write its own table", (worker) => {
    expect(tables.get("operations")?.access[worker]).toEqual(["read", "write"]);
    expect(tables.get(worker)?.owner).toBe(worker);
  });

  it.each(eventConsumers)("let %s write its own table", (consumer) => {
    expect(tables.get(consumer)?.owner).toBe(consumer);
  });
});

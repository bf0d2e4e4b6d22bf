import { describe, expect, it } from "@jest/globals";
import { allItemKinds, workers } from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";

describe("contracts and topology", () => {
  const topology = readTopology();
  const tables = new Map(topology.tables.map((table) => [table.name, table]));

  it("have the same workers: one queue with one dead-letter queue each, and no other queue", () => {
    const queues = topology.queues.map((queue) => [queue.name, queue.deadLetterQueue.name]);

    expect(queues.sort()).toEqual([...workers].map((worker) => [worker, `${worker}-dlq`]).sort());
  });

  it("have the topic that events are published to", () => {
    expect(topology.topics.map((topic) => topic.name)).toContain("events");
  });

  it("have the same tables", () => {
    const used = [...new Set(allItemKinds.map((kind) => kind.table))];

    expect([...tables.keys()].sort()).toEqual(used.sort());
  });

  it.each(workers)("let %s record outcomes and write its own table", (worker) => {
    expect(tables.get("operations")?.access[worker]).toEqual(["read", "write"]);
    expect(tables.get(worker)?.owner).toBe(worker);
  });
});

import { describe, expect, it } from "@jest/globals";
import { parseTopology, readTopology, type Topology } from "./topology.ts";

const check = (change: (topology: Topology) => unknown) => () => {
  const topology = structuredClone(readTopology());
  change(topology);
  return parseTopology(JSON.stringify(topology), "topology.json");
};

const firstOf = <Item>(items: Item[]): Item => {
  const [first] = items;
  if (first === undefined) throw new Error("the topology has none");
  return first;
};

describe("the topology of this repository", () => {
  it("is valid", () => {
    expect(readTopology().queues.map((each) => each.name)).toEqual([
      "token",
      "identity",
      "session",
      "notification",
      "merge",
      "session-bulk",
      "merge-bulk",
      "identity-hash",
      "andon-cord",
      "audit",
      "security-mails",
    ]);
  });

  it("lets every table be written by its owner", () => {
    for (const { owner, access } of readTopology().tables) expect(access[owner]).toEqual(["read", "write"]);
  });
});

describe("a topology", () => {
  it("that is not JSON is refused by name", () => {
    expect(() => parseTopology("{", "some/topology.json")).toThrow("some/topology.json is not JSON");
  });

  it("with an unknown word is refused", () => {
    expect(check((it) => Object.assign(it, { buckets: [] }))).toThrow(/buckets/);
  });

  it("with a name that is too short for a table is refused", () => {
    expect(check((it) => (firstOf(it.tables).name = "t"))).toThrow(/tables\[0\]\.name/);
  });

  it("that keeps messages for over 14 days is refused", () => {
    expect(check((it) => (firstOf(it.queues).retentionSeconds = 1_209_601))).toThrow(/queues\[0\]\.retentionSeconds/);
  });

  it("with two queues of one name is refused", () => {
    expect(check((it) => it.queues.push(firstOf(it.queues)))).toThrow("queue token is there twice");
  });

  it("with a queue that is another one's dead-letter queue is refused", () => {
    expect(check((it) => (firstOf(it.queues).deadLetterQueue.name = "session"))).toThrow(
      "queue session is there twice",
    );
  });

  it("with two tables of one name is refused", () => {
    expect(check((it) => it.tables.push(firstOf(it.tables)))).toThrow("table operations is there twice");
  });

  it("whose dead letters go before the messages would is refused", () => {
    expect(check((it) => (firstOf(it.queues).deadLetterQueue.retentionSeconds = 60))).toThrow(
      "dead letters of queue token are kept for less long than its messages",
    );
  });

  it("with two indexes of one name in a table is refused", () => {
    const twice = { name: "by_place", partitionKey: "by_place", projection: "keys-only" } as const;
    expect(check((it) => (firstOf(it.tables).indexes = [twice, twice]))).toThrow(
      "index by_place of table operations is there twice",
    );
  });

  it.each([
    ["called otherwise than its attribute", { name: "by_place", partitionKey: "place" }, /called as the index/],
    ["called as an attribute of every item", { name: "value", partitionKey: "value" }, /by_ and then/],
  ])("with an index that is %s is refused", (_, index, fault) => {
    expect(check((it) => (firstOf(it.tables).indexes = [{ ...index, projection: "keys-only" }]))).toThrow(fault);
  });

  it("with a table that its owner may not write is refused", () => {
    expect(check((it) => (firstOf(it.tables).access = { gateway: ["read"] }))).toThrow(
      "table operations does not let its owner gateway read and write",
    );
  });

  it.each([
    ["topic", { topic: "nothing", queue: "token", rawDelivery: true }],
    ["queue", { topic: "events", queue: "nothing", rawDelivery: true }],
  ] as const)("with a subscription to a %s that is not there is refused", (kind, subscription) => {
    expect(check((it) => it.subscriptions.push(subscription))).toThrow(
      `subscription names ${kind} nothing, which is not there`,
    );
  });

  it("names every fault at once", () => {
    const faulty = check((it) => {
      it.tables.push(firstOf(it.tables));
      it.queues.push(firstOf(it.queues));
    });
    expect(faulty).toThrow(/queue token is there twice[^]*table operations is there twice/);
  });
});

import type { DynamoDBClient, TableDescription, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import { ensureIndexes } from "./ensure-indexes.ts";
import type { IndexTopology } from "./topology.ts";

const index = (name: string): IndexTopology => ({ name, partitionKey: name, projection: "keys-only" });

type Behaviour = "adds" | "ignores" | "wants a throughput" | "refuses";

/**
 * A table as AWS answers for it: one index at a time, each CREATING for two looks, the first of them a look at how it was
 * before. The embedded DynamoDB adds no index to a table, so that this one stands in.
 */
function tableOfAws(behaviour: Behaviour = "adds") {
  const orders: UpdateTableCommand["input"][] = [];
  const standing = new Map<string, { key: string; looksLeft: number }>();
  const describe = (hidden: (looksLeft: number) => boolean): TableDescription => ({
    TableStatus: "ACTIVE",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [...standing]
      .filter(([, { looksLeft }]) => !hidden(looksLeft))
      .map(([IndexName, { key, looksLeft }]) => ({
        IndexName,
        IndexStatus: looksLeft > 0 ? "CREATING" : "ACTIVE",
        KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
      })),
  });
  const failure = (name: string, message = "") => Object.assign(new Error(message), { name });
  return {
    orders,
    standing,
    add: (name: string, looksLeft = 3, key = name) => standing.set(name, { key, looksLeft }),
    look: async (): Promise<TableDescription> => {
      const seen = describe((looksLeft) => looksLeft === 3);
      for (const each of standing.values()) each.looksLeft -= 1;
      return seen;
    },
    dynamodb: {
      send: async ({ input }: UpdateTableCommand) => {
        orders.push(input);
        const name = input.GlobalSecondaryIndexUpdates?.[0]?.Create?.IndexName ?? "";
        if (behaviour === "wants a throughput") {
          const member = "globalSecondaryIndexUpdates.1.member.create.provisionedThroughput";
          throw failure("ValidationException", `1 validation error detected: Value null at '${member}'`);
        }
        if (behaviour === "refuses") throw failure("AccessDeniedException");
        if (standing.has(name))
          throw failure("ValidationException", `Attempting to create an index which already exists`);
        if ([...standing.values()].some(({ looksLeft }) => looksLeft > 0)) throw failure("ResourceInUseException");
        if (behaviour === "adds") standing.set(name, { key: name, looksLeft: 3 });
        return { TableDescription: describe(() => false) };
      },
    } as unknown as Pick<DynamoDBClient, "send">,
  };
}

type Table = ReturnType<typeof tableOfAws>;
const ensure = ({ dynamodb, look }: Table, ...names: string[]) =>
  ensureIndexes(dynamodb, "users", names.map(index), look);

describe("indexes of a table that is there", () => {
  it("are added one after the other, each ordered once and waited for", async () => {
    const table = tableOfAws();
    expect(await ensure(table, "by_email", "by_phone")).toEqual({ added: ["by_email", "by_phone"], missing: [] });
    expect([...table.standing.values()].every(({ looksLeft }) => looksLeft <= 0)).toBe(true);
    expect(table.orders).toHaveLength(2);
    expect(table.orders[0]).toEqual({
      TableName: "users",
      AttributeDefinitions: ["pk", "sk", "by_email"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: "by_email",
            KeySchema: [{ AttributeName: "by_email", KeyType: "HASH" }],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        },
      ],
    });
  });

  it("are left alone when they stand, others too", async () => {
    const table = tableOfAws();
    table.add("by_email", 0);
    table.add("by_other", 0);
    expect(await ensure(table, "by_email")).toEqual({ added: [], missing: [] });
    expect(table.orders).toEqual([]);
  });

  it.each(["by_email", "by_other"])("wait for another provisioner that is adding %s", async (first) => {
    const table = tableOfAws();
    table.add(first);
    const { missing } = await ensure(table, "by_email");
    expect(missing).toEqual([]);
    expect(table.standing.get("by_email")?.looksLeft).toBeLessThanOrEqual(0);
  });

  it.each(["ignores", "wants a throughput"] as const)("are missing where DynamoDB %s", async (behaviour) => {
    const table = tableOfAws(behaviour);
    expect(await ensure(table, "by_email")).toEqual({ added: [], missing: ["by_email"] });
    expect(table.orders).toHaveLength(1);
  });

  it("go by their own attribute, or are refused", async () => {
    const table = tableOfAws();
    table.add("by_email", 0, "email");
    await expect(ensure(table, "by_email")).rejects.toThrow(
      "index by_email of table users is there with the key (email HASH), not (by_email HASH): remove it",
    );
  });

  it("let through what DynamoDB refuses for good", async () => {
    await expect(ensure(tableOfAws("refuses"), "by_email")).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

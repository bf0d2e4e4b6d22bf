import { describe, expect, it } from "@jest/globals";
import { commands } from "@lanyard/contracts";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { claimVisitor } from "./claim-visitor.ts";
import { operation } from "./testing/sign-ins.ts";
import { type User, userStore } from "./user-store.ts";

const visitorId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const accountId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const otherId = "2d8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
const at = (second: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + second * 1000).toISOString();

async function tableWith(users: readonly (Partial<User> & Pick<User, "userId">)[]) {
  const table = memoryItemStore();
  for (const user of users) {
    await userStore(table).create({ userKind: "account", createdAt: at(0), ...user }, { writtenBy: "test" });
  }
  return table;
}
const visitorAndAccounts = () =>
  tableWith([{ userId: visitorId, userKind: "anonymous" }, { userId: accountId }, { userId: otherId }]);

/** Carries out the operation of that number, received so many seconds after noon. */
const claim = (table: ItemStore, number: number, userId: string = accountId, of = visitorId, isOverdue = false) =>
  claimVisitor({ users: userStore(table) }).run({
    operationId: operation(number),
    writtenBy: `${operation(number)}/${commands.identity.claimVisitor.name}`,
    input: { userId, visitorId: of },
    caller: { kind: "user", userId },
    client: { ip: "192.0.2.7" },
    derivationKid: "k1",
    receivedAt: at(number),
    ...(isOverdue && { isOverdue }),
    cursor: undefined,
    deriveUuid: () => "",
  });
const standing = (table: ItemStore) => userStore(table).load(visitorId);

describe("a visitor", () => {
  it("is part of the account that asks first, told as an event, and stays where it was", async () => {
    const table = await visitorAndAccounts();

    expect(await claim(table, 1)).toEqual({
      kind: "done",
      output: { mergedAt: at(1) },
      events: [
        {
          type: "account.mergeStarted",
          occurredAt: at(1),
          data: { mergeId: operation(1), userId: accountId, visitorId, mergedAt: at(1) },
        },
      ],
    });
    expect(await standing(table)).toEqual({
      ...{ userId: visitorId, userKind: "anonymous", createdAt: at(0) },
      ...{ mergedTo: accountId, mergedAt: at(1), mergeOperationId: operation(1) },
    });
  });

  it("is not another account's any more, which learns nothing of whose it is", async () => {
    const table = await visitorAndAccounts();
    await claim(table, 1);
    const before = table.dump();

    expect(await claim(table, 2, otherId)).toEqual({ kind: "problem", code: "already_merged", extra: {}, events: [] });
    expect(table.dump()).toEqual(before);
  });

  it("is claimed once by an account that asks twice: the second joins the first", async () => {
    const table = await visitorAndAccounts();
    await claim(table, 1);
    const before = table.dump();

    expect(await claim(table, 2)).toEqual({ kind: "ended", result: { joined: operation(1) }, events: [] });
    expect(table.dump()).toEqual(before);
  });

  it("is told the same when the message comes twice, whatever came between", async () => {
    const table = await visitorAndAccounts();
    const first = await claim(table, 1);
    await claim(table, 2);
    await claim(table, 3, otherId);

    expect(await claim(table, 1)).toEqual(first);
  });

  it("is claimed by no message that comes too late, and one that had claimed it goes on", async () => {
    const table = await visitorAndAccounts();
    expect(await claim(table, 1, accountId, visitorId, true)).toMatchObject({ code: "operation_expired", events: [] });
    expect(await standing(table)).not.toHaveProperty("mergedTo");
    const first = await claim(table, 2);
    expect(await claim(table, 2, accountId, visitorId, true)).toEqual(first);
    expect(await claim(table, 3, accountId, visitorId, true)).toMatchObject({ result: { joined: operation(2) } });
  });

  it("is told the same when the message comes twice at once", async () => {
    const table = await visitorAndAccounts();
    const [one, other] = await Promise.all([claim(table, 1), claim(table, 1)]);

    expect(one).toMatchObject({ kind: "done" });
    expect(other).toEqual(one);
  });

  it("is one account's of two that race, a hundred times", async () => {
    for (let round = 0; round < 100; round += 1) {
      const table = await visitorAndAccounts();
      const racing = round % 2 === 0 ? [accountId, otherId] : [otherId, accountId];
      const results = await Promise.all(racing.map((userId, index) => claim(table, index + 1, userId)));

      expect(results.map((result) => (result.kind === "problem" ? result.code : result.kind)).sort()).toEqual([
        "already_merged",
        "done",
      ]);
      const winner = racing[results.findIndex(({ kind }) => kind === "done")];
      expect((await standing(table))?.mergedTo).toBe(winner);
    }
  });
});

describe("nobody becomes part of anybody", () => {
  it.each([
    ["when it is an account", [{ userId: visitorId }, { userId: accountId }]],
    ["when it never was", [{ userId: accountId }]],
    ["when it is itself", [{ userId: accountId }], accountId],
    [
      "when who asks is a visitor",
      [
        { userId: visitorId, userKind: "anonymous" },
        { userId: accountId, userKind: "anonymous" },
      ],
    ],
    ["when who asks never was", [{ userId: visitorId, userKind: "anonymous" }]],
    [
      "when who asks is part of another account",
      [
        { userId: visitorId, userKind: "anonymous" },
        { userId: accountId, mergedTo: otherId },
      ],
    ],
  ] as const)("%s", async (_, users, of: string = visitorId) => {
    const table = await tableWith(users);
    const before = table.dump();

    expect(await claim(table, 1, accountId, of)).toMatchObject({ kind: "problem", code: "not_anonymous", events: [] });
    expect(table.dump()).toEqual(before);
  });

  it("twice, when it is part of the account without an operation that could be joined", async () => {
    const table = await tableWith([
      { userId: visitorId, userKind: "anonymous", mergedTo: accountId, mergedAt: at(0) },
      { userId: accountId },
    ]);

    expect(await claim(table, 1)).toMatchObject({ kind: "problem", code: "already_merged" });
  });
});

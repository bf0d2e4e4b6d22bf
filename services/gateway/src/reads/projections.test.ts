import { beforeEach, describe, expect, it } from "@jest/globals";
import { emailClaimItem, userEmailItem, userItem } from "@lanyard/contracts";
import { type ItemStore, type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { projections } from "./projections.ts";

const email = "ada@example.com";
const id = (digit: number): string => `0000000${digit}-8b1f-8a6c-8d2e-3f4a5b6c7d8e`;
const at = (minute: number): string => `2026-11-21T12:0${minute}:00.000Z`;
const writtenBy = "test";

let identity: MemoryItemStore;
beforeEach(() => {
  identity = memoryItemStore();
});

const reads = (table: ItemStore = identity) =>
  projections({ identity: table, session: memoryItemStore(), token: memoryItemStore() });

const claimFor = (user: number, minute: number) => ({
  email,
  userId: id(user),
  claimedAt: at(minute),
  operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
});

const putClaim = async (user: number, minute: number) => {
  const claims = typedItems(identity, emailClaimItem);
  const current = await claims.load(email);
  if (current === undefined) await claims.putIfAbsent(claimFor(user, minute), [email], { writtenBy });
  else await claims.replace(current, claimFor(user, minute), { writtenBy });
};

const putUser = (user: number, change: object = {}) =>
  typedItems(identity, userItem).putIfAbsent(
    { userId: id(user), userKind: "account", email, createdAt: at(0), ...change },
    [id(user)],
    { writtenBy },
  );

const putEntry = (user: number, minute: number, address = email) =>
  typedItems(identity, userEmailItem).putIfAbsent(
    { userId: id(user), email: address, since: at(minute) },
    [id(user), address],
    { writtenBy },
  );

describe("the claim of an address", () => {
  it("is given while the account it names carries the address", async () => {
    await putClaim(1, 1);
    await putUser(1);
    expect(await reads().claimOf(email)).toEqual(claimFor(1, 1));
    expect(await reads().claimOf("eve@example.com")).toBeUndefined();
  });

  it.each([
    ["carries another address", { email: "eve@example.com" }],
    ["carries none", { email: undefined }],
    ["was merged into another", { mergedTo: id(2), mergedAt: at(2) }],
    ["is a visitor", { userKind: "anonymous" }],
  ])("is none when the user it names %s", async (_, change) => {
    await putClaim(1, 1);
    await putUser(1, change);
    expect(await reads().claimOf(email)).toBeUndefined();
  });

  it("is none while the account it names was not made yet", async () => {
    await putClaim(1, 1);
    expect(await reads().claimOf(email)).toBeUndefined();
  });
});

describe("the users of an address", () => {
  it("are all that ever carried it, oldest first, and who carries it now", async () => {
    await putEntry(3, 1);
    await putUser(3, { email: "eve@example.com" });
    await putEntry(2, 3);
    await putUser(2);
    await putClaim(2, 3);
    await putEntry(1, 2);
    await putUser(1);
    await putEntry(4, 1, "eve@example.com");

    expect(await reads().usersOfEmail(email)).toEqual([
      { userId: id(3), since: at(1), current: false },
      // Its profile names the address still, but the claim is another's.
      { userId: id(1), since: at(2), current: false },
      { userId: id(2), since: at(3), current: true },
    ]);
  });

  it("are none of an address that nobody ever had", async () => {
    await putEntry(1, 1);
    expect(await reads().usersOfEmail("eve@example.com")).toEqual([]);
  });

  it("are none of them current when its claim counts no more", async () => {
    await putEntry(1, 1);
    await putClaim(1, 1);
    await putUser(1, { email: "eve@example.com" });
    expect(await reads().usersOfEmail(email)).toEqual([{ userId: id(1), since: at(1), current: false }]);
  });

  it("have the one who carries it now among them, also when the index is behind", async () => {
    await putClaim(1, 4);
    await putUser(1);
    await putEntry(1, 4);
    const behind = { ...identity, listByIndex: async () => ({ keys: [] }) };
    expect(await reads(behind).usersOfEmail(email)).toEqual([{ userId: id(1), since: at(4), current: true }]);
  });

  it("are read page by page", async () => {
    const users = [1, 2, 3, 4, 5];
    for (const user of users) await putEntry(user, user);
    const listByIndex: ItemStore["listByIndex"] = (index, value, options) =>
      identity.listByIndex(index, value, { ...options, limit: 2 });
    const found = await reads({ ...identity, listByIndex }).usersOfEmail(email);
    expect(found.map(({ userId }) => userId)).toEqual(users.map(id));
  });
});

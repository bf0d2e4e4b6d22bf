import { describe, expect, it } from "@jest/globals";
import { memoryItemStore } from "@lanyard/storage";
import { dataItemStore } from "../items/data-item-store.ts";
import { at, itemIdOf, operation, upTo } from "../testing/items-under-test.ts";
import { accountId, accountItemIdOf, accounts, mergedAt, mergeId, tableWith } from "../testing/merges-under-test.ts";
import { accountNames } from "./account-names.ts";

const merge = { operationId: mergeId, userId: accountId };
const report = (count: number, updatedAt = at(9)) => ({ itemId: itemIdOf(count), name: "Report", updatedAt });
const namesIn = async (items: readonly ReturnType<typeof accounts>[]) =>
  accountNames(dataItemStore(await tableWith([], items))).of(merge, "configuration");

describe("the account's names of a kind", () => {
  it("are those of what stands of that kind, the item changed last for each", async () => {
    const ended = { how: "deleted", at: at(0), operationId: operation(5) } as const;
    const names = await namesIn([
      accounts(1, { name: "Report", updatedAt: at(2) }),
      accounts(2, { name: "Report", updatedAt: at(7) }),
      accounts(3, { name: "Report", updatedAt: at(4) }),
      accounts(4, { name: "Gone", ended }),
      accounts(5, { name: "Alien", kind: "alert" }),
    ]);

    expect(names.decide(report(1), "keep-account")).toMatchObject({ as: "skip", itemId: accountItemIdOf(2) });
    expect(names.decide(report(1, at(6)), "keep-newest")).toMatchObject({ as: "skip" });
    for (const name of ["Gone", "Alien"]) {
      expect(names.decide({ ...report(1), name }, "keep-account")).toMatchObject({ as: "copy", conflicts: false });
    }
  });

  it("are in no item's way that the same merge has brought, but none is renamed to them", async () => {
    const origin = { itemId: itemIdOf(40), mergedAt, operationId: mergeId };
    const names = await namesIn([
      accounts(1, { name: "Report" }),
      accounts(2, { name: "Report (2)", origin }),
      accounts(3, { name: "Brought", origin: { ...origin, itemId: itemIdOf(41) } }),
      accounts(4, { name: "Before", origin: { ...origin, operationId: operation(1) } }),
    ]);

    expect(names.decide(report(7), "keep-both")).toMatchObject({ name: "Report (3)" });
    expect(names.decide({ ...report(7), name: "Brought" }, "keep-account")).toMatchObject({ as: "copy" });
    expect(names.decide({ ...report(7), name: "Before" }, "keep-account")).toMatchObject({ as: "skip" });
    // The one that it was brought for is called so again.
    expect(names.decide(report(40), "keep-both")).toMatchObject({ name: "Report (2)" });
  });

  it("are given to one item each, at once, and to the same again", async () => {
    const names = await namesIn([accounts(1, { name: "Report" })]);
    const given = upTo(4).map((each) => names.decide(report(each), "keep-both"));

    expect(given.map((decision) => "name" in decision && decision.name)).toEqual(
      [2, 3, 4, 5].map((each) => `Report (${each})`),
    );
    expect(names.decide(report(2), "keep-both")).toEqual(given[1]);
    names.give("Report (6)", itemIdOf(90));
    expect(names.decide(report(5), "keep-both")).toMatchObject({ name: "Report (7)" });
  });

  it("are read once for a merge and kind, also by many at once, and again after a failure", async () => {
    const table = await tableWith([], [accounts(1, { name: "Report" })]);
    const items = dataItemStore(table);
    let reads = 0;
    const names = accountNames({
      page: async (...given) => {
        reads += 1;
        if (reads === 1) throw new Error("not now");
        return items.page(...given);
      },
    });
    await expect(names.of(merge, "configuration")).rejects.toThrow("not now");
    await Promise.all(upTo(8).map(() => names.of(merge, "configuration")));
    expect(reads).toBe(2);
    await names.of({ ...merge, operationId: operation(1) }, "configuration");
    await names.of(merge, "alert");
    expect(reads).toBe(4);
  });

  it("are forgotten of merges long past, and read again", async () => {
    const items = dataItemStore(memoryItemStore());
    let reads = 0;
    const names = accountNames({
      page: (...given) => {
        reads += 1;
        return items.page(...given);
      },
    });
    for (const count of upTo(200)) await names.of({ ...merge, operationId: operation(count) }, "alert");
    await names.of({ ...merge, operationId: operation(200) }, "alert");
    expect(reads).toBe(200);
    await names.of({ ...merge, operationId: operation(1) }, "alert");
    expect(reads).toBe(201);
  });

  it("are read page by page", async () => {
    const table = await tableWith(
      [],
      upTo(230).map((each) => accounts(each)),
    );
    const names = await accountNames(dataItemStore(table)).of(merge, "configuration");
    expect(names.decide({ ...report(1), name: "Name 230" }, "keep-account")).toMatchObject({ as: "skip" });
  });
});

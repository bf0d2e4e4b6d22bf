import { describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { type DataItem, stands, viewOf } from "./item-view.ts";

const at = "2026-11-21T12:00:00.000Z";
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const itemId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const item: DataItem = {
  itemId,
  kind: "alert",
  name: "Too hot",
  json: '{"over":40}',
  version: 3,
  createdAt: at,
  updatedAt: at,
  changes: [{ operationId, version: 3 }],
  slot: 7,
};
const leaving = { operationId, at, sequence: 1, as: "copy", toItemId: itemId, name: "Too hot" } as const;
const ended = { how: "deleted", at, operationId } as const;

describe("an item as its user sees it", () => {
  it("says what is theirs, and nothing of how it is kept", () => {
    expect(viewOf({ ...item, leaving })).toEqual({
      ...{ id: itemId, kind: "alert", name: "Too hot", value: { over: 40 }, version: 3, createdAt: at, updatedAt: at },
    });
  });

  it("says where it came from, and that it is held", () => {
    const origin = { itemId, mergedAt: at, operationId, renamedFrom: "Hot" };
    const { slot: _, ...rest } = item;
    const view = viewOf({ ...rest, origin, held: "limit_reached" });
    expect(view).toMatchObject({ origin, held: "limit_reached" });
    expect(httpSchemas.dataItemView.safeParse(view).success).toBe(true);
  });

  it.each(["null", "0", '"text"', "[]", "false"])("has the value %s as it is", (json) => {
    expect(viewOf({ ...item, json }).value).toEqual(JSON.parse(json));
  });
});

describe("an item", () => {
  it("stands until it has ended, also when it is frozen", () => {
    expect(stands(item)).toBe(true);
    expect(stands({ ...item, leaving })).toBe(true);
    expect(stands({ ...item, ended })).toBe(false);
    expect(stands(undefined)).toBe(false);
  });
});

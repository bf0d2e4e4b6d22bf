import { describe, expect, it } from "@jest/globals";
import { itemId } from "@lanyard/contracts";
import fc from "fast-check";
import { copyIdOf } from "./copy-id.ts";

const account = "4f8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
const other = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const item = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";

describe("the id of a copy", () => {
  it("is a UUID of version 8, whatever it is of", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (user, from) => {
        const made = copyIdOf(user, from);
        expect(itemId.safeParse(made).success).toBe(true);
        expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });

  it("is the same in every process and every version, or a repeated merge would copy twice", () => {
    expect(copyIdOf(account, item)).toBe("454fa205-95bd-896f-8593-afb77c760f4e");
  });

  it("is another for another item, and at another account", () => {
    expect(
      new Set([copyIdOf(account, item), copyIdOf(account, other), copyIdOf(other, item), copyIdOf(item, account)]).size,
    ).toBe(4);
  });
});

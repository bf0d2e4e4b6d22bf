import { describe, expect, it } from "@jest/globals";
import { commands, ROLE_CHANGES_KEPT } from "@lanyard/contracts";
import { memoryItemStore } from "@lanyard/storage";
import { setRoles } from "./set-roles.ts";
import { operation } from "./testing/sign-ins.ts";
import { userStore } from "./user-store.ts";

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const by = "key:deploy";
const START_MS = Date.parse("2026-11-21T12:00:00.000Z");
const at = (second: number): string => new Date(START_MS + second * 1000).toISOString();

async function underTest(userKind: "account" | "anonymous" = "account") {
  const users = userStore(memoryItemStore());
  await users.create({ userId, userKind, createdAt: at(0) }, { writtenBy: "test" });
  let second = 100;
  /** Carries out the operation of that number, received so many seconds after noon. */
  const set = async (number: number, wantedRoles: string[], received = number, of = userId) => {
    second += 1;
    const operationId = operation(number);
    return setRoles({ users, now: () => at(second) }).run({
      operationId,
      writtenBy: `${operationId}/${commands.identity.setRoles.name}`,
      input: { userId: of, wantedRoles, by },
      caller: { kind: "none" },
      client: { ip: "192.0.2.7" },
      derivationKid: "k1",
      receivedAt: at(received),
      cursor: undefined,
      deriveUuid: () => "",
    });
  };
  const roles = async () => (await users.load(userId))?.roles;
  return { users, set, roles };
}

describe("the roles of an account", () => {
  it("are what an operator says, told as events", async () => {
    const { set, roles } = await underTest();

    expect(await set(1, ["admin", "admin"])).toEqual({
      kind: "done",
      output: { roles: ["admin"] },
      events: [
        { type: "user.rolesChanged", occurredAt: at(101), data: { userId, roles: ["admin"], by } },
        { type: "operator.acted", occurredAt: at(101), data: { by, action: "setRoles", targets: [userId] } },
      ],
    });
    expect(await roles()).toEqual(["admin"]);
    await set(2, []);
    expect(await roles()).toEqual([]);
  });

  it("say the same thing twice when the message comes twice, and change nothing", async () => {
    const { users, set } = await underTest();
    const first = await set(1, ["admin"]);
    const standing = await users.load(userId);

    expect(await set(1, ["admin"])).toEqual(first);
    expect(await users.load(userId)).toEqual(standing);
  });

  it("do not come back when the grant is delivered again after the revocation", async () => {
    const { set, roles } = await underTest();
    const granted = await set(1, ["admin"]);
    await set(2, []);

    expect(await set(1, ["admin"])).toEqual(granted);
    expect(await roles()).toEqual([]);
  });

  it("do not come back when the grant comes for the first time after a later revocation", async () => {
    const { set, roles } = await underTest();
    await set(2, []);

    expect(await set(1, ["admin"])).toMatchObject({ kind: "problem", code: "roles_superseded", events: [] });
    expect(await roles()).toEqual([]);
  });

  it("do not come back when so much has changed since that the grant is forgotten", async () => {
    const { users, set, roles } = await underTest();
    await set(1, ["admin"]);
    for (let number = 2; number <= ROLE_CHANGES_KEPT + 2; number += 1) await set(number, []);

    expect((await users.load(userId))?.roleChanges).toHaveLength(ROLE_CHANGES_KEPT);
    expect(await set(1, ["admin"])).toMatchObject({ kind: "problem", code: "roles_superseded" });
    expect(await roles()).toEqual([]);
  });

  it("are those of the latest request of sixteen that race", async () => {
    const { set, roles } = await underTest();
    const numbers = Array.from({ length: 16 }, (_, index) => index + 1);
    await Promise.all(numbers.toReversed().map((number) => set(number, number === 16 ? ["admin"] : [])));

    expect(await roles()).toEqual(["admin"]);
  });

  it.each([
    ["a visitor", "anonymous", userId],
    ["nobody", "account", "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e"],
  ] as const)("are not given to %s", async (_, kind, of) => {
    const { set, roles } = await underTest(kind);

    expect(await set(1, ["admin"], 1, of)).toMatchObject({ kind: "problem", code: "user_not_found", events: [] });
    expect(await roles()).toBeUndefined();
  });
});

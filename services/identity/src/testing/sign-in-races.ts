import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ItemStore } from "@lanyard/storage";
import { createdEvent, moveAway, operation, ownIdOf, signIn, standing } from "./sign-ins.ts";

const WRITERS = 16;

/** What holds of sign-ins that happen at once, over whatever table. */
export const signInRaces = (name: string, tableOfThisTest: () => ItemStore): void => {
  describe(`${name}: sixteen sign-ins of one address at once`, () => {
    let address: string;
    let operations: readonly string[];
    beforeEach(() => {
      const of = randomUUID();
      address = `ada-${of}@example.com`;
      operations = Array.from({ length: WRITERS }, (_, number) => operation(number, of));
    });

    const race = (deliveries: readonly string[]) =>
      Promise.all(
        deliveries.map((operationId, seconds) => signIn(tableOfThisTest(), operationId, address, { seconds })),
      );

    /** One account, told of by its claimant alone; everybody is signed in to it. */
    const expectOneAccount = async (
      deliveries: readonly string[],
      results: Awaited<ReturnType<typeof race>>,
    ): Promise<string> => {
      const { claim, accounts, entries } = await standing(tableOfThisTest(), address, operations);
      const [account] = accounts;
      if (claim === undefined || account === undefined) throw new Error("nobody made an account");
      expect(accounts).toEqual([
        { userId: claim.userId, userKind: "account", email: address, createdAt: claim.claimedAt },
      ]);
      expect(entries).toEqual([claim.userId]);
      expect(claim.userId).toBe(ownIdOf(claim.operationId));
      expect(results).toEqual(
        deliveries.map((operationId) => ({
          userId: claim.userId,
          events: operationId === claim.operationId ? [createdEvent(account)] : [],
        })),
      );
      return claim.userId;
    };

    it("make one account", async () => {
      await expectOneAccount(operations, await race(operations));
    });

    it("make one account, each operation delivered twice", async () => {
      const deliveries = [...operations.slice(0, 8), ...operations.slice(0, 8)];
      await expectOneAccount(deliveries, await race(deliveries));
    });

    it("make one account in place of one that has moved away, which stays as it is", async () => {
      const first = operation(99, address);
      const { userId, events } = await signIn(tableOfThisTest(), first, address);
      await moveAway(tableOfThisTest(), userId, `moved-${address}`);
      const now = await expectOneAccount(operations, await race(operations));
      expect(now).not.toBe(userId);
      expect((await standing(tableOfThisTest(), address, [first])).accounts).toMatchObject([
        { userId, email: `moved-${address}` },
      ]);
      expect(await signIn(tableOfThisTest(), first, address, { seconds: 60 })).toEqual({ userId, events });
    });
  });
};

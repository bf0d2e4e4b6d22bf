import { describe, expect, it } from "@jest/globals";
import { bulkRevocationItem, inboxLeaseItem, pullConfirmationItem } from "@lanyard/contracts";
import { InvalidCursor, memoryItemStore, typedItems } from "@lanyard/storage";
import { PULLED_AT, pullOf, putPull } from "../testing/pulled-sessions.ts";
import { bulkRevocations } from "./bulk-revocations.ts";

const all = { kind: "all" } as const;

function setUp() {
  const session = memoryItemStore();
  const gateway = memoryItemStore();
  const revocations = bulkRevocations({ session, gateway });
  /** As the session worker leaves it; `candidate` and what stands may differ. */
  const ask = async (number: number, { candidate = number, isTold = true } = {}) => {
    const { revocationId } = pullOf(number, all);
    await typedItems(session, bulkRevocationItem).putIfAbsent(
      {
        revocationId,
        scope: all,
        reason: `No. ${number}`,
        pulledBy: "key:deploy",
        receivedAt: PULLED_AT,
        operationId: `op_${"0".repeat(32)}${"A".repeat(22)}`,
        candidate,
        ...(isTold && { effective: { number, at: PULLED_AT } }),
      },
      [revocationId],
      { writtenBy: "test" },
    );
    return revocationId;
  };
  return { session, gateway, revocations, ask };
}

describe("a bulk revocation", () => {
  it("is not there before its pull stands, and is from then on, whether or not that is told", async () => {
    const { session, revocations, ask } = setUp();
    await putPull(session, pullOf(1, all));
    const revocationId = await ask(2, { isTold: false });
    expect(await revocations.receipt(revocationId)).toBeUndefined();
    const beaten = await ask(3, { candidate: 1, isTold: false });
    expect(await revocations.receipt(beaten)).toBeUndefined();
    await putPull(session, pullOf(2, all));

    expect(await revocations.receipt(revocationId)).toMatchObject({ revocationId, number: 2, effectiveAt: PULLED_AT });
    expect(await revocations.receipt(pullOf(9, all).revocationId)).toBeUndefined();
  });

  it("knows every lease and every confirmation of its number, on however many pages", async () => {
    const { gateway, revocations, ask } = setUp();
    const revocationId = await ask(2);
    const leases = typedItems(gateway, inboxLeaseItem);
    const confirmations = typedItems(gateway, pullConfirmationItem);
    const by = { writtenBy: "test" };
    for (let count = 0; count < 150; count += 1) {
      const inbox = `inbox-${count}`;
      await leases.putIfAbsent({ inbox, leaseUntil: PULLED_AT }, [inbox], by);
      const confirmation = { number: 2, inbox, confirmedAt: PULLED_AT, propagationMs: count };
      if (count < 120) await confirmations.putIfAbsent(confirmation, [2, inbox], by);
      await confirmations.putIfAbsent({ ...confirmation, number: 1 }, [1, inbox], by);
    }

    expect(await revocations.receipt(revocationId)).toMatchObject({
      gateways: { known: 150, confirmed: 120 },
      propagationMs: { p50: 59, max: 119 },
    });
  });
});

describe("the list of bulk revocations", () => {
  it("has the newest pull first, page after page", async () => {
    const { session, revocations, ask } = setUp();
    for (let number = 1; number <= 5; number += 1) {
      await putPull(session, pullOf(number, all));
      await ask(number);
    }
    await ask(6);
    const first = await revocations.list({ limit: 3 });
    const second = await revocations.list({ limit: 3, after: first.cursor });

    expect(first.revocations.map(({ number, reason }) => [number, reason])).toEqual([
      [5, "No. 5"],
      [4, "No. 4"],
      [3, "No. 3"],
    ]);
    expect(second.revocations.map(({ number }) => number)).toEqual([2, 1]);
    expect(second.cursor).toBeUndefined();
  });

  it("is empty at first, and takes no cursor of another listing", async () => {
    const { revocations } = setUp();

    expect(await revocations.list({ limit: 50 })).toEqual({ revocations: [] });
    await expect(revocations.list({ limit: 50, after: "aGVhZA" })).rejects.toBeInstanceOf(InvalidCursor);
  });
});

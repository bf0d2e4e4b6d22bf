import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { auditMarks, derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { AuditSealing } from "./audit-sealing.ts";
import { sealStore } from "./seal-store.ts";

const marks = auditMarks(derivation(parseKeyring(`k1:${Buffer.alloc(32, 5).toString("base64url")}`)));

describe("sealing beside other work", () => {
  it("goes on by itself, hour after hour, over an outage, until it is stopped", async () => {
    const clock = virtualClock();
    const table = memoryItemStore();
    let isDown = false;
    const newest = async () => {
      if (isDown) throw new DependencyUnavailable("dynamodb", new Error("down"));
      return sealStore(table, marks).newest();
    };
    const sealing = new AuditSealing({ seals: { ...sealStore(table, marks), newest }, clock, log: silentLog });
    const sealed = (): number => table.dump().filter(({ key }) => key.sk.startsWith("hour#")).length;
    const hours = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count * 60; minute += 1) await clock.advance(60_000);
    };
    sealing.start();
    await hours(2);
    const before = sealed();
    expect(before).toBeGreaterThan(0);
    isDown = true;
    await hours(3);
    expect(sealed()).toBe(before);
    isDown = false;
    await hours(1);
    expect(sealed()).toBe(before + 4);
    await sealing.stop();
    await hours(2);
    expect(sealed()).toBe(before + 4);
  });
});

import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { NotNow } from "@lanyard/messaging";
import { memoryItemStore } from "@lanyard/storage";
import { deliverMail } from "./deliver-mail.ts";
import { MailServerFailed, type OutgoingMail } from "./mail-server.ts";
import { mailStore } from "./mail-store.ts";
import { RecordingMailServer } from "./testing/recording-mail-server.ts";

const now = Date.UTC(2026, 0, 1);
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const delivery = {
  mail: { mailId: "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d", template: "sign-in", operationId },
  writtenBy: `${operationId}/notification.sendSignInMail`,
  usefulUntil: now + 60_000,
  messageId: "<1@example.com>",
  compose: () => ({ to: "ada@example.com" }) as OutgoingMail,
} as const;

function sending() {
  const table = memoryItemStore();
  const server = new RecordingMailServer();
  let attempts = 0;
  const deps = { server, newAttemptId: () => `attempt-${(attempts += 1)}`, brokerNow: () => now };
  return { table, server, deps: { ...deps, mails: mailStore(table) } };
}

describe("attempts that all find nothing, and then all write", () => {
  it("send one mail: none takes the lease of another for its own", async () => {
    const { table, server, deps } = sending();
    let loaded = 0;
    let allLoaded = (): void => {};
    const gate = new Promise<void>((resolve) => (allLoaded = resolve));
    const mails = mailStore({
      ...table,
      async load(key) {
        const found = await table.load(key);
        if ((loaded += 1) === 16) allLoaded();
        await gate;
        return found;
      },
    });
    const attempts = Array.from({ length: 16 }, () => deliverMail({ ...deps, mails }, delivery));
    const ends = await Promise.allSettled(attempts);
    expect(server.mails).toHaveLength(1);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const end of ends) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(NotNow);
  });
});

describe("an attempt that fails", () => {
  it("leaves no lease behind, pauses no worker, and is worth another for as long as the mail is of use", async () => {
    const { table, server, deps } = sending();
    server.answer = () => {
      throw new MailServerFailed("421");
    };
    const failed = await deliverMail(deps, delivery).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(NotNow);
    expect(failed).not.toBeInstanceOf(DependencyUnavailable);
    expect(failed).toMatchObject({ message: expect.stringContaining("421"), until: delivery.usefulUntil + 7_200_000 });
    expect(table.dump().map(({ value }) => value)).toEqual([
      { ...delivery.mail, createdAt: new Date(now).toISOString() },
    ]);
  });

  it("in composing leaves none behind either", async () => {
    const { table, deps } = sending();
    const compose = (): OutgoingMail => {
      throw new RangeError("no such date");
    };
    await expect(deliverMail(deps, { ...delivery, compose })).rejects.toThrow("no such date");
    expect(table.dump()[0]?.value).not.toHaveProperty("sending");
  });
});

describe("an attempt whose lease has passed to another while the server thought about it", () => {
  it("still says that the mail was taken, and the first end stays", async () => {
    const { server, deps, table } = sending();
    let later = now;
    const late = { ...deps, brokerNow: () => later };
    server.answer = async () => {
      server.answer = () => "accepted";
      later += 60_000;
      await deliverMail(late, { ...delivery, usefulUntil: later + 1 });
      later += 5;
      return { rejected: 550 };
    };
    const ended = await deliverMail(late, delivery);
    expect(ended.ended).toEqual({ at: new Date(now + 60_000).toISOString(), how: "sent" });
    expect(table.dump()[0]?.value).toMatchObject({ ended: ended.ended });
  });
});

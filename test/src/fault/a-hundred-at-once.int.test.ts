import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { type DiskStack, startDiskStack } from "../support/disk-stack.ts";
import { signInOnce } from "../support/load.ts";

let system: DiskStack;
let auditor: Auditor;

beforeAll(async () => {
  system = await startDiskStack();
  auditor = await startAuditor(system.stack.env);
});
afterAll(async () => {
  auditor?.close();
  await system?.destroy();
});

describe("a hundred visitors at once", () => {
  it("are a hundred users with a session, a token and an operation each", async () => {
    const told = await Promise.all(Array.from({ length: 100 }, () => signInOnce(system.stack.baseUrl)));

    expect(told.map(({ status }) => status)).toEqual(told.map(() => 201));
    const tokens = told.map(({ signedIn }) => decodeJwt(signedIn?.tokens.accessToken ?? ""));
    for (const ids of [
      told.map(({ operationId }) => operationId),
      told.map(({ signedIn }) => signedIn?.user.id),
      told.map(({ signedIn }) => signedIn?.session.id),
      tokens.map(({ jti }) => jti),
    ]) {
      expect(new Set(ids).size).toBe(100);
      expect(ids).not.toContain(undefined);
    }
    expect(await auditor.faults(told)).toEqual([]);
  });
});

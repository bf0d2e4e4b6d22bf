import { sessionItem } from "@lanyard/contracts";
import type { Handler } from "@lanyard/messaging";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import type { Session } from "../session-store.ts";

const noon = Date.parse("2026-11-21T12:00:00.000Z");
const HOUR = 3600_000;

/** A moment, in milliseconds after noon, ISO 8601. */
export const at = (ms: number): string => new Date(noon + ms).toISOString();
export const brokerNow = (): number => noon;
export const operation = (count: number): string => `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`;
export const sessionIdOf = (count: number): string => `1c7a7b4f-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}`;
export const deviceIdOf = (count: number): string => `5d1e6c7a-2b3c-8d4e-9f5a-${String(count).padStart(12, "0")}`;
export const derivedId = "2d8b8c5a-9c2a-8b7d-8e3f-4a5b6c7d8e9f";
export const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
export const lifetimes = { anonymousIdleSeconds: 7200, accountIdleSeconds: 7200, accountMaxSeconds: 7200 };

export const session = (count: number, given: Partial<Session> = {}): Session => ({
  sessionId: sessionIdOf(count),
  userId,
  userKind: "account",
  method: "magic_link",
  amr: ["email"],
  openedAt: at(-HOUR),
  expiresAt: at(HOUR),
  generation: 1,
  pull: 0,
  rotations: [],
  ...given,
});

/** Puts sessions into a table; default: a new one. */
export async function tableWith(
  sessions: readonly Session[],
  table: MemoryItemStore = memoryItemStore(),
): Promise<MemoryItemStore> {
  for (const each of sessions) {
    const key = [each.userId, each.sessionId] as [string, string];
    await typedItems(table, sessionItem).putIfAbsent(each, key, { writtenBy: operation(0) });
  }
  return table;
}

/** Carries a command out once, as operation `count`, received at noon. */
export const runOnce = (
  handler: Handler,
  count: number,
  input: object,
  {
    cursor,
    ...client
  }: {
    cursor?: Parameters<Handler["run"]>[0]["cursor"];
    ip?: string;
    userAgent?: string;
    device?: { userId: string; deviceId: string };
  } = {},
): ReturnType<Handler["run"]> =>
  handler.run({
    operationId: operation(count),
    writtenBy: `${operation(count)}/${handler.command.name}${cursor === undefined ? "" : `@${JSON.stringify(cursor)}`}`,
    input: handler.command.input.parse({ userId, ...input }),
    caller: { kind: "user", userId },
    client: { ip: "192.0.2.1", ...client },
    receivedAt: at(0),
    cursor,
    derivationKid: "k1",
    deriveUuid: (label) =>
      label === "session" ? sessionIdOf(count) : label === "device" ? deviceIdOf(count) : derivedId,
  });

import { passwordFailuresItem, secondFactorItem } from "@lanyard/contracts";
import type { StepResult } from "@lanyard/messaging";
import { type MemoryItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { accountWithout, noon, type PasswordCommands, passwordCommands } from "./password-commands.ts";
import { operation } from "./sign-ins.ts";

export const email = "ada@example.com";
export const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
export const deviceId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
export const right = "correct horse battery";
export const HOUR = 3600;
export const sixteen = Array.from({ length: 16 }, (_, index) => 100 + index);

type Ran = StepResult<Record<string, unknown>>;

export const codeOf = (result: Ran): string => (result.kind === "problem" ? result.code : result.kind);

/** How often each came. */
export function tally(results: readonly Ran[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) counts[codeOf(result)] = (counts[codeOf(result)] ?? 0) + 1;
  return counts;
}

/** An account without a password, if it `isThere` (default), in a table of its own, and what is done to it. */
export async function passwordAccount(
  table: MemoryItemStore = memoryItemStore(),
  { isThere = true }: { readonly isThere?: boolean } = {},
) {
  const commands = passwordCommands(table);
  if (isThere) await accountWithout(table, userId, email);
  const secondFactors = typedItems(table, secondFactorItem);
  return {
    table,
    commands,
    /** Sets a password as an operation of that number would. */
    async setTo(number: number, password: string, how = "reset", more: Record<string, unknown> = {}): Promise<Ran> {
      const delivery = { operationId: operation(number), receivedAt: number };
      const hashed = await commands.hash(delivery, { password });
      if (hashed.kind !== "done") throw new Error(hashed.kind);
      return commands.set(delivery, { userId, how, ...hashed.output, ...more });
    },
    verify: (number: number, password: string, receivedAt = 100, of: PasswordCommands = commands): Promise<Ran> =>
      of.verify({ operationId: operation(number), receivedAt }, { email, password }),
    standing: async () => (await commands.passwords.load(userId)) ?? {},
    /** The counts of wrong passwords at a place: of a device, or of everybody else. */
    async failures(device = "any") {
      const items = typedItems(table, passwordFailuresItem);
      const all = table.dump().filter(({ key }) => key.sk === `password-failures#${device}`);
      return all.map((stored) => items.parse(stored).value);
    },
    /** Puts a second factor beside the password, as if it had been turned on at noon; or takes it away. */
    async secondFactor(is: "on" | "off"): Promise<void> {
      const totp = { sealedSecret: "x", enabledAt: noon(0), enabledBy: operation(9), lastStep: 0 };
      const rest = { userId, backupCodes: [], accepted: [], failures: { count: 0, counted: [] }, changes: [] };
      const item = { ...rest, ...(is === "on" && { totp }) };
      const current = await secondFactors.load(userId);
      if (current === undefined) await secondFactors.putIfAbsent(item, [userId], { writtenBy: "test" });
      else await secondFactors.replace(current, item, { writtenBy: `test ${is}` });
    },
  };
}

export type PasswordAccount = Awaited<ReturnType<typeof passwordAccount>>;

import { type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import { accountWithout } from "./password-commands.ts";
import { codeAt, outputOf, type SecondFactorCommands, secondFactorCommands, wordOf } from "./second-factor-commands.ts";

export const email = "ada@example.com";
export const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
/** When the factor is turned on, seconds after noon. */
export const ENABLED_AT = 60;

/** What an account holds that has a second factor. */
export interface Enrolled {
  readonly secret: string;
  readonly codes: readonly string[];
}

/** An account in a table of its own, and the commands over it. */
export async function accountUnderTest(): Promise<{ table: MemoryItemStore; commands: SecondFactorCommands }> {
  const table = memoryItemStore();
  await accountWithout(table, userId, email);
  return { table, commands: secondFactorCommands(table) };
}

/** Sets the factor up at noon, as operation 1, and turns it on a minute later, as operation 2. */
export async function enrol(commands: SecondFactorCommands): Promise<Enrolled> {
  const secret = String(outputOf(await commands.setUp(1, 0, { userId }))["secret"]);
  const enabled = await commands.enable(2, ENABLED_AT, { userId, code: codeAt(secret, ENABLED_AT) });
  return { secret, codes: outputOf(enabled)["backupCodes"] as string[] };
}

/** A sign-in by mail that waits, begun as that operation: its id. */
export async function begin(commands: SecondFactorCommands, number: number, seconds: number): Promise<string> {
  const result = await commands.begin(number, seconds, { userId, method: "magic_link" });
  if (result.kind !== "ended") throw new Error(wordOf(result));
  return (result.result["secondFactor"] as { challengeId: string }).challengeId;
}

/** A code that the app of the secret does not show at that time, nor shortly before or after; one of five. */
export function wrongCodeAt(secret: string, seconds: number, turn = 0): string {
  const near = [-60, -30, 0, 30, 60].map((by) => codeAt(secret, seconds + by));
  const wrong = Array.from({ length: 10 }, (_, index) => String(index * 111_111).padStart(6, "0"));
  return wrong.filter((code) => !near.includes(code))[turn % 5] ?? "";
}

import { userItem } from "@lanyard/contracts";
import { type ItemStore, typedItems } from "@lanyard/storage";
import { accountStore } from "../account-store.ts";
import { changeEmail } from "../change-email.ts";
import { type SignedIn, START_MS } from "./sign-ins.ts";

/** A proven change of an account's address; received so many seconds after noon. */
export interface EmailChange {
  readonly userId: string;
  readonly email: string;
  readonly operationId: string;
  readonly seconds?: number;
}

/** What one delivery was told: how it ended, and what it published. */
export interface ChangeTold {
  readonly ended: string;
  readonly events: SignedIn["events"];
}

/** Runs the command, once, so many seconds after noon; default: when it was received. */
export async function change(
  table: ItemStore,
  { userId, email, operationId, seconds = 0 }: EmailChange,
  at = seconds,
): Promise<ChangeTold> {
  const time = (offset: number): string => new Date(START_MS + offset * 1000).toISOString();
  const handler = changeEmail({ accounts: accountStore(table), now: () => time(at) });
  const result = await handler.run({
    operationId,
    writtenBy: `${operationId}/${handler.command.name}`,
    input: { userId, email },
    caller: { kind: "none" },
    client: { ip: "192.0.2.7" },
    derivationKid: "k1",
    receivedAt: time(seconds),
    cursor: undefined,
    deriveUuid: () => {
      throw new Error("nothing is made");
    },
  });
  if (result.kind === "problem") return { ended: result.code, events: result.events };
  if (result.kind !== "done") throw new Error(`ended as ${result.kind}`);
  return { ended: "done", events: result.events };
}

/** The account as it stands. */
export async function accountAt(table: ItemStore, userId: string) {
  const account = (await typedItems(table, userItem).load(userId))?.value;
  if (account === undefined) throw new Error("there is no such account");
  return account;
}

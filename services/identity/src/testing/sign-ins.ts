import { createHash } from "node:crypto";
import { emailClaimItem, userEmailItem, userItem } from "@lanyard/contracts";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { type ItemStore, typedItems } from "@lanyard/storage";
import { accountStore, type EmailClaim } from "../account-store.ts";
import { ensureUser } from "../ensure-user.ts";
import { passwordStore } from "../passwords/password-store.ts";
import type { User } from "../user-store.ts";

const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 3).toString("base64url")}`));
export const START_MS = Date.parse("2026-11-21T12:00:00.000Z");

/** An operation of that number, which nobody else has when `of` is one's own. */
export const operation = (number: number, of = ""): string =>
  `op_${createHash("sha256").update(`${of} ${number}`).digest("hex").slice(0, 32)}${"A".repeat(22)}`;

/** The id that the operation makes its account at, if it makes one. */
export const ownIdOf = (operationId: string): string => derived.uuid("k1", "identifier", operationId, "user");

/** What a worker made of one delivery: the user, and what it published. */
export interface SignedIn {
  readonly userId: string;
  readonly events: readonly { readonly type: string; readonly occurredAt: string; readonly data: unknown }[];
}

/** Runs the command for an operation, once, so many seconds after noon. */
export async function signIn(
  table: ItemStore,
  operationId: string,
  address: string,
  { seconds = 0 }: { readonly seconds?: number } = {},
): Promise<SignedIn> {
  const now = () => new Date(START_MS + seconds * 1000).toISOString();
  const handler = ensureUser({ accounts: accountStore(table), passwords: passwordStore(table), now });
  const result = await handler.run({
    operationId,
    writtenBy: `${operationId}/${handler.command.name}`,
    input: { email: address },
    caller: { kind: "none" },
    client: { ip: "192.0.2.7" },
    derivationKid: "k1",
    receivedAt: now(),
    cursor: undefined,
    deriveUuid: (label) => derived.uuid("k1", "identifier", operationId, label),
  });
  if (result.kind !== "done") throw new Error(`ended as ${result.kind}`);
  if (result.output["userKind"] !== "account") throw new Error("is no account");
  return { userId: String(result.output["userId"]), events: result.events };
}

/** What stands about an address and these operations. */
export interface Standing {
  readonly claim: EmailClaim | undefined;
  /** The accounts that the operations made. */
  readonly accounts: readonly User[];
  /** Ids of those of them that have an entry for the address. */
  readonly entries: readonly string[];
}

export async function standing(table: ItemStore, address: string, operationIds: readonly string[]): Promise<Standing> {
  const users = typedItems(table, userItem);
  const userEmails = typedItems(table, userEmailItem);
  const ids = [...new Set(operationIds)].map(ownIdOf);
  const accounts = await Promise.all(ids.map((id) => users.load(id)));
  const entries = await Promise.all(ids.map((id) => userEmails.load(id, address)));
  return {
    claim: (await typedItems(table, emailClaimItem).load(address))?.value,
    accounts: accounts.flatMap((stored) => stored?.value ?? []),
    entries: entries.flatMap((stored) => stored?.value.userId ?? []),
  };
}

/** Gives an account another address, as a change of address would: what it was signed in by counts no more. */
export async function moveAway(table: ItemStore, userId: string, to: string): Promise<void> {
  const users = typedItems(table, userItem);
  const current = await users.load(userId);
  if (current === undefined) throw new Error("there is no such account");
  await users.replace(current, { ...current.value, email: to }, { writtenBy: `move to ${to}` });
}

/** The one event of the account that an operation made. */
export const createdEvent = (account: User): SignedIn["events"][number] => ({
  type: "user.created",
  occurredAt: account.createdAt,
  data: { userId: account.userId, userKind: "account" },
});

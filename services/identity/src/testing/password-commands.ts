import { emailClaimItem, userItem } from "@lanyard/contracts";
import type { Handler, StepResult } from "@lanyard/messaging";
import { type Argon2Cost, type Argon2id, passwordHashing } from "@lanyard/passwords";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { type ItemStore, typedItems } from "@lanyard/storage";
import { accountStore } from "../account-store.ts";
import { checkPassword } from "../check-password.ts";
import { confirmPassword } from "../confirm-password.ts";
import { ensureUser } from "../ensure-user.ts";
import { hashPassword } from "../hash-password.ts";
import { failedTries } from "../passwords/failed-tries.ts";
import { passwordStore } from "../passwords/password-store.ts";
import { setPassword } from "../set-password.ts";
import { suspendPassword } from "../suspend-password.ts";
import { userStore } from "../user-store.ts";
import { verifyPassword } from "../verify-password.ts";

const START_MS = Date.parse("2026-11-21T12:00:00.000Z");

/** Seconds after noon, ISO 8601. */
export const noon = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();

/** Argon2id at next to no cost. */
export const cheapCost: Argon2Cost = { memory: 8, passes: 1, parallelism: 1 };

/** One delivery of a command. */
export interface Delivery {
  readonly operationId: string;
  /** Seconds after noon. */
  readonly receivedAt?: number;
  readonly device?: { readonly userId: string; readonly deviceId: string };
}

/** The commands about passwords over a table, each run as its worker would. */
export function passwordCommands(
  table: ItemStore,
  {
    kids = ["k1"],
    cost = cheapCost,
    argon2id,
  }: { readonly kids?: readonly string[]; readonly cost?: Argon2Cost; readonly argon2id?: Argon2id } = {},
) {
  const derived = derivation(
    parseKeyring(
      kids.map((kid) => `${kid}:${Buffer.alloc(32, Number(kid.slice(1)) + 2).toString("base64url")}`).join(),
    ),
  );
  const deps = {
    users: userStore(table),
    accounts: accountStore(table),
    passwords: passwordStore(table),
    failedTries: failedTries(table, derived),
    hashing: passwordHashing({ derivation: derived, cost, ...(argon2id !== undefined && { argon2id }) }),
    derivation: derived,
    now: () => noon(1000),
  };
  const run =
    (handler: Handler) =>
    (
      { operationId, receivedAt = 0, device }: Delivery,
      input: Record<string, unknown>,
    ): Promise<StepResult<Record<string, unknown>>> =>
      handler.run({
        operationId,
        writtenBy: `${operationId}/${handler.command.name}`,
        input,
        caller: { kind: "none" },
        client: { ip: "192.0.2.7", ...(device !== undefined && { device }) },
        derivationKid: "k1",
        receivedAt: noon(receivedAt),
        cursor: undefined,
        deriveUuid: (label) => derived.uuid("k1", "identifier", operationId, label),
      });
  return {
    ...deps,
    ensure: run(ensureUser(deps)),
    hash: run(hashPassword(deps)),
    verify: run(verifyPassword(deps)),
    check: run(checkPassword(deps)),
    set: run(setPassword(deps)),
    confirm: run(confirmPassword(deps)),
    suspend: run(suspendPassword(deps)),
  };
}

export type PasswordCommands = ReturnType<typeof passwordCommands>;

/** Makes an account without a password. */
export async function accountWithout(table: ItemStore, userId: string, email: string): Promise<void> {
  const options = { writtenBy: "test" };
  const user = { userId, userKind: "account" as const, email, createdAt: noon(0) };
  await typedItems(table, userItem).putIfAbsent(user, [userId], options);
  const claim = { email, userId, claimedAt: noon(0), operationId: `op_${"0".repeat(32)}${"A".repeat(22)}` };
  await typedItems(table, emailClaimItem).putIfAbsent(claim, [email], options);
}

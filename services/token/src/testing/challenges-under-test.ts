import type { ChallengeKind, ProblemCode } from "@lanyard/contracts";
import type { Handler, StepResult } from "@lanyard/messaging";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { addressAttempts } from "../challenges/address-attempts.ts";
import { challengeStore } from "../challenges/challenge-store.ts";
import { derivedCodes, type EmailCodes } from "../challenges/email-codes.ts";
import { registrations } from "../challenges/registrations.ts";
import { consumeEmailChange } from "../consume-email-change.ts";
import { consumeMagicLink } from "../consume-magic-link.ts";
import { consumePasswordReset } from "../consume-password-reset.ts";
import { createChallenge } from "../create-challenge.ts";
import { noteRegistration } from "../note-registration.ts";
import { verifyEmailCode } from "../verify-email-code.ts";

export const noon = Date.parse("2026-11-21T12:00:00.000Z");
export const MINUTE = 60_000;
const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`);
export const derived = derivation(keyring);
/** An operation received at so many minutes after noon. */
export const operation = (count: number, minutes = 0): string =>
  `op_${(noon + minutes * MINUTE).toString(16).padStart(12, "0")}${String(count).padStart(20, "0")}${"A".repeat(22)}`;

/** Received so many minutes after noon, and carried out then unless `triedAt` says otherwise. */
export interface Answering {
  readonly count?: number;
  readonly minutes?: number;
  readonly triedAt?: number | undefined;
}

export interface Asking {
  readonly count?: number;
  readonly minutes?: number;
  readonly email?: string;
  readonly visitorId?: string;
  readonly userId?: string;
  readonly passwordHash?: string;
  readonly isShort?: boolean;
}

export type Result = StepResult<Record<string, unknown>>;

/** The token worker's challenge commands over one table; `wrap` gets between. */
export function underTest({
  codes = derivedCodes(derived),
  wrap = (store: ItemStore): ItemStore => store,
}: {
  readonly codes?: EmailCodes;
  readonly wrap?: (store: ItemStore) => ItemStore;
} = {}) {
  const store = memoryItemStore();
  const table = wrap(store);
  let now = noon;
  const deps = {
    brokerNow: () => now,
    challenges: challengeStore(table),
    addressAttempts: addressAttempts(table, derived),
    registrations: registrations(table, derived),
    emailCodes: codes,
    derivation: derived,
    sealing: sealing(keyring),
    continueUrl: "https://lanyard.example.com/auth/continue",
    challengeLifetimes: { linkSeconds: 3600, codeSeconds: 600 },
  };
  const run = (
    handler: Handler,
    input: Record<string, unknown>,
    operationId: string,
    minutes: number,
    triedAt = minutes,
  ) => {
    now = noon + triedAt * MINUTE;
    return handler.run({
      operationId,
      writtenBy: `${operationId}/${handler.command.name}`,
      input,
      caller: { kind: "none" },
      client: { ip: "192.0.2.7" },
      derivationKid: "k1",
      receivedAt: new Date(noon + minutes * MINUTE).toISOString(),
      cursor: undefined,
      deriveUuid: () => "",
    });
  };
  return {
    store,
    ask: async (
      challengeKind: ChallengeKind,
      { count = 1, minutes = 0, email = "ada@example.com", ...bound }: Asking = {},
    ) => {
      const input = { email, challengeKind, ...bound };
      const made = await run(createChallenge(deps), input, operation(count, minutes), minutes);
      if (made.kind !== "done") throw new Error("no challenge was made");
      const { challengeId, code = "", link } = made.output as { challengeId: string; code?: string; link?: string };
      return { ...made, challengeId, code, token: link?.split("#token=")[1] ?? "" };
    },
    /** Says that a registration is on its way. */
    note: ({ count = 1, minutes = 0, email = "ada@example.com" }: Asking = {}): Promise<Result> =>
      run(noteRegistration(deps), { email }, operation(count, minutes), minutes),
    byLink: (token: string, { count = 100, minutes = 1, triedAt }: Answering = {}): Promise<Result> =>
      run(consumeMagicLink(deps), { token }, operation(count, minutes), minutes, triedAt),
    byReset: (token: string, { count = 300, minutes = 1 }: Answering = {}): Promise<Result> =>
      run(consumePasswordReset(deps), { token }, operation(count, minutes), minutes),
    byChange: (token: string, { count = 400, minutes = 1 }: Answering = {}): Promise<Result> =>
      run(consumeEmailChange(deps), { token }, operation(count, minutes), minutes),
    byCode: (
      challengeId: string,
      code: string,
      { count = 200, minutes = 1, triedAt }: Answering = {},
    ): Promise<Result> =>
      run(verifyEmailCode(deps), { challengeId, code }, operation(count, minutes), minutes, triedAt),
  };
}

export const codeOf = (result: Result): ProblemCode | "done" => (result.kind === "problem" ? result.code : "done");
export const tally = (results: readonly Result[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const result of results) counts[codeOf(result)] = (counts[codeOf(result)] ?? 0) + 1;
  return counts;
};

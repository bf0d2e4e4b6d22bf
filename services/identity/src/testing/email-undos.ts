import type { Handler } from "@lanyard/messaging";
import type { ItemStore } from "@lanyard/storage";
import { accountStore } from "../account-store.ts";
import { beginEmailUndo } from "../begin-email-undo.ts";
import { emailUndoStore } from "../email-undo-store.ts";
import { endEmailUndo } from "../end-email-undo.ts";
import { passwordStore } from "../passwords/password-store.ts";
import { userStore } from "../user-store.ts";
import { type SignedIn, START_MS } from "./sign-ins.ts";

/** The undoing of a change; received so many seconds after noon. */
export interface EmailUndoing {
  readonly userId: string;
  readonly changeId: string;
  readonly operationId: string;
  readonly seconds?: number;
}

/** What one delivery was told: how it ended, what it gave on, and what it published. */
export interface UndoTold {
  readonly ended: string;
  readonly output: Readonly<Record<string, unknown>>;
  readonly events: SignedIn["events"];
}

async function run(handler: Handler, asked: EmailUndoing): Promise<UndoTold> {
  const { userId, changeId, operationId, seconds = 0 } = asked;
  const result = await handler.run({
    operationId,
    writtenBy: `${operationId}/${handler.command.name}`,
    input: { userId, changeId },
    caller: { kind: "none" },
    client: { ip: "192.0.2.7" },
    derivationKid: "k1",
    receivedAt: new Date(START_MS + seconds * 1000).toISOString(),
    cursor: undefined,
    deriveUuid: () => {
      throw new Error("nothing is made");
    },
  });
  if (result.kind === "problem") return { ended: result.code, output: {}, events: result.events };
  if (result.kind !== "done") throw new Error(`ended as ${result.kind}`);
  return { ended: "done", output: result.output, events: result.events };
}

const deps = (table: ItemStore, at: number) => ({
  users: userStore(table),
  accounts: accountStore(table),
  emailUndos: emailUndoStore(table),
  passwords: passwordStore(table),
  brokerNow: () => START_MS + at * 1000,
});

/** Runs the first step, once, so many seconds after noon; default: when it was received. */
export const begin = (table: ItemStore, asked: EmailUndoing, at = asked.seconds ?? 0): Promise<UndoTold> =>
  run(beginEmailUndo(deps(table, at)), asked);

/** Runs the last step, likewise. */
export const end = (table: ItemStore, asked: EmailUndoing, at = asked.seconds ?? 0): Promise<UndoTold> =>
  run(endEmailUndo(deps(table, at)), asked);

/** Both, one after the other, unless the first refuses; the sessions that end in between are another worker's. */
export async function undo(table: ItemStore, asked: EmailUndoing, at = asked.seconds ?? 0): Promise<UndoTold> {
  const begun = await begin(table, asked, at);
  if (begun.ended !== "done") return begun;
  const ended = await end(table, asked, at);
  return { ...ended, events: [...begun.events, ...ended.events] };
}

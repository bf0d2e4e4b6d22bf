import type { CommandMessage } from "@lanyard/contracts";
import type { AccountAsked } from "./account-asked.ts";
import type { Heard } from "./clients.ts";
import { type Evidence, operationOf, receivedAtOf, sessionWrites, stateOf, writesOf } from "./evidence.ts";
import type { Write } from "./world.ts";

/** Something that was asked of an account, and what was told. */
export interface AccountHeard extends Heard {
  readonly account: AccountAsked;
  /** By the operation's own time, where one is known. */
  readonly receivedAt: number;
}

/** An answer that says that it was done. */
export interface AccountDone extends AccountHeard {
  readonly answer: Extract<Heard["answer"], { kind: "done" }>;
}

/** A session of an account, as it was opened. */
export interface Opening {
  readonly sessionId: string;
  readonly userId: string;
  readonly operationId: string;
  readonly at: number;
  readonly method: string;
  readonly hasSecondFactor: boolean;
  /** The operation that had set the password by which it was opened. */
  readonly passwordVersion: string | undefined;
}

/** A password that came to stand. */
export interface PasswordSet {
  readonly at: number;
  readonly userId: string;
  readonly setBy: string;
  readonly receivedAt: string;
  readonly suspended: boolean;
}

function once<T>(compute: (evidence: Evidence) => T): (evidence: Evidence) => T {
  const known = new WeakMap<Evidence, { readonly value: T }>();
  return (evidence) => {
    const found = known.get(evidence) ?? { value: compute(evidence) };
    known.set(evidence, found);
    return found.value;
  };
}

export const accountHeard = once(({ clients }): readonly AccountHeard[] =>
  clients.heard.flatMap((heard) => {
    const { account, answer, askedAt } = heard;
    if (account === undefined) return [];
    const operationId = "operationId" in answer ? answer.operationId : undefined;
    return [{ ...heard, account, receivedAt: operationId === undefined ? askedAt : receivedAtOf(operationId) }];
  }),
);

export const accountDone = once((evidence): readonly AccountDone[] =>
  accountHeard(evidence).flatMap((heard) => (heard.answer.kind === "done" ? [{ ...heard, answer: heard.answer }] : [])),
);

export const doneBy = (evidence: Evidence, ...acts: readonly AccountAsked["act"][]): readonly AccountDone[] =>
  accountDone(evidence).filter(({ account }) => acts.includes(account.act));

/** Whether the answer has tokens, and does not ask for a second factor. */
export const hasTokens = ({ answer }: AccountDone): boolean => answer.body["tokens"] !== undefined;

export const sessionOf = ({ answer }: AccountDone): string | undefined =>
  (answer.body["session"] as { readonly id: string } | undefined)?.id;

/** Commands as they were first sent, by name. */
const firstSent = once(({ world }): ReadonlyMap<string, readonly { at: number; command: CommandMessage }[]> => {
  const sent = new Map<string, Map<string, { at: number; command: CommandMessage }>>();
  for (const { at, message } of world.sent) {
    const type = message.attributes["type"] ?? "";
    if (!/^(?:identity|session|token|notification)\./.test(type)) continue;
    const command = JSON.parse(message.body) as CommandMessage;
    if (command.kind !== "command") continue;
    const ofType = sent.get(type) ?? new Map();
    if (!ofType.has(command.operationId)) ofType.set(command.operationId, { at, command });
    sent.set(type, ofType);
  }
  return new Map([...sent].map(([type, all]) => [type, [...all.values()]]));
});

export const sentFirst = (evidence: Evidence, type: string) => firstSent(evidence).get(type) ?? [];

/** When the first message of each operation was sent. */
export const begunAt = once((evidence): ReadonlyMap<string, number> => {
  const begun = new Map<string, number>();
  for (const all of firstSent(evidence).values())
    for (const { at, command } of all)
      begun.set(command.operationId, Math.min(at, begun.get(command.operationId) ?? at));
  return begun;
});

export const openings = once((evidence): readonly Opening[] => {
  const versions = new Map(
    sentFirst(evidence, "session.open").map(({ command }) => {
      const { passwordVersion } = Object.assign({}, command.input, ...command.outputs) as { passwordVersion?: string };
      return [command.operationId, passwordVersion] as const;
    }),
  );
  return sessionWrites(evidence).flatMap((write) => {
    const state = stateOf(write);
    if (!write.writtenBy.endsWith("/session.open") || state.userKind !== "account") return [];
    const operationId = operationOf(write);
    const { sessionId, userId, method } = state;
    const hasSecondFactor = write.value["secondFactorAt"] !== undefined;
    const passwordVersion = versions.get(operationId);
    return [{ sessionId, userId, operationId, at: write.at, method, hasSecondFactor, passwordVersion }];
  });
});

/** Every password that stood, once for each that was set or suspended, in order. */
export const passwordsSet = once((evidence): readonly PasswordSet[] => {
  const last = new Map<string, string>();
  return identityWrites(evidence, "password").flatMap(({ at, value }) => {
    const { userId, setBy, receivedAt } = value as unknown as PasswordSet;
    const suspended = value["suspended"] !== undefined;
    const now = `${setBy} ${suspended}`;
    if (last.get(userId) === now) return [];
    last.set(userId, now);
    return [{ at, userId, setBy, receivedAt, suspended }];
  });
});

/** What was chosen by each operation that may have set a password: for a registration, the one that opens its link. */
export const chosenBy = once((evidence): ReadonlyMap<string, string> => {
  const chosen = new Map<string, string>();
  for (const { account, answer } of accountHeard(evidence)) {
    if (!("operationId" in answer) || answer.operationId === undefined || account.password === undefined) continue;
    if (["link", "reset", "change-password"].includes(account.act)) chosen.set(answer.operationId, account.password);
  }
  return chosen;
});

/** Items of the identity table by their sort key, as they were written. */
export const identityWrites = (evidence: Evidence, sk: string): readonly Write[] =>
  writesOf(evidence, "identity", "user#").filter((write) => write.key.sk === sk);

export interface SecondFactorState {
  readonly userId: string;
  readonly totp?: { readonly enabledBy: string; readonly lastStep: number };
  readonly backupCodes: readonly { readonly hash: string; readonly spentBy?: string }[];
  readonly backupCodesBy?: string;
  readonly accepted: readonly { readonly operationId: string; readonly by: "totp" | "backup_code" }[];
}

export interface Told {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly operationid: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every event that was told, once for each id. */
export const eventsTold = once(({ world }): readonly Told[] => {
  const told = new Map(
    world.broker.published("events").map(({ body }) => {
      const event = JSON.parse(body) as Told;
      return [event.id, event] as const;
    }),
  );
  return [...told.values()];
});

import type { DumpedItem, JsonObject } from "@lanyard/storage";
import type { FinalState } from "./crashing-system.ts";

const sizeOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
const of = (value: unknown): JsonObject => (value ?? {}) as JsonObject;

/** What is to be said of an item, without times; `it` is the operation that was stopped. */
const facts: readonly (readonly [
  string,
  (value: JsonObject, it: (operation: unknown) => string) => string | undefined,
])[] = [
  ["claim", ({ email, change }) => `${email} is claimed${change === undefined ? "" : " in place of another"}`],
  [
    "profile",
    ({ email, displayName }) => `an account with ${email}${displayName === undefined ? "" : `, called ${displayName}`}`,
  ],
  [
    "password",
    ({ setBy, suspended }, it) => `a password set by ${it(setBy)}${suspended === undefined ? "" : ", suspended"}`,
  ],
  [
    "email-change#",
    ({ from, to, undoes }) => (undoes === undefined ? `a change from ${from}` : `a change back to ${to}`),
  ],
  ["email-undo#", ({ operationId, ended }, it) => `an undo by ${it(operationId)}, ${of(ended)["how"] ?? "under way"}`],
  ["found-account", ({ operationId }, it) => `an account found by ${it(operationId)}`],
  ["password-failures#", ({ count, counted }) => `${sizeOf(counted)} passwords tried, ${count} failed in a row`],
  [
    "second-factor",
    ({ totp, pending, backupCodes, accepted, failures }) =>
      `a second factor that is ${totp === undefined ? "off" : "on"}${pending === undefined ? "" : ", one shown"}, ${sizeOf(backupCodes)} codes, ${
        (backupCodes as readonly JsonObject[]).filter(({ spentBy }) => spentBy !== undefined).length
      } spent, ${sizeOf(accepted)} accepted, ${of(failures)["count"]} failed`,
  ],
  [
    "session#",
    ({ revoked, secondFactorAt }, it) =>
      `a session, ${revoked === undefined ? "live" : `${of(revoked)["reason"]} by ${it(of(revoked)["operationId"])}`}${secondFactorAt === undefined ? "" : ", with a second factor"}`,
  ],
  [
    "report#",
    ({ operationId, others }, it) => `a report by ${it(operationId)}${others === true ? ", of the others too" : ""}`,
  ],
  ["devices", ({ devices, forgotten }) => `${sizeOf(devices)} devices, ${sizeOf(forgotten)} forgotten`],
  [
    "registrations",
    ({ registrations }) =>
      `${sizeOf(registrations)} registrations, ${
        new Set((registrations as readonly JsonObject[]).flatMap(({ passwordTag }) => passwordTag ?? [])).size
      } passwords`,
  ],
  ["roster", ({ entries }) => `${sizeOf(entries)} on the roster`],
];

function factOf({ key, value }: DumpedItem, it: (operation: unknown) => string): string | undefined {
  if (key.pk.startsWith("second-factor#"))
    return `a sign-in waits, ${sizeOf(value["attempts"])} tries, ${value["used"] === undefined ? "not used" : "used"}`;
  if (key.pk.startsWith("challenge#"))
    return `a challenge for ${value["challengeKind"]}, ${value["used"] === undefined ? "open" : "used"}`;
  if (key.pk.startsWith("mail#")) return `a mail, ${value["template"]}, ${of(value["ended"])["how"] ?? "under way"}`;
  const found = facts.find(([sk]) => (sk.endsWith("#") ? key.sk.startsWith(sk) : key.sk === sk));
  return found?.[1](value, it);
}

/** An account, and all that belongs to it, in few words. */
export function accountSeen(state: FinalState): readonly string[] {
  const it = (operation: unknown): string => (operation === state.operationId ? "it" : "another");
  return ["identity", "session", "token", "notification"]
    .flatMap((table) => state.itemsOf(table))
    .flatMap((item) => factOf(item, it) ?? [])
    .sort();
}

import { randomUUID } from "node:crypto";
import { httpSchemas } from "@lanyard/contracts";
import { challengeFor, signInByMail } from "./account.ts";
import type { InProcessSystem } from "./in-process-system.ts";
import { type Owned, save } from "./merging.ts";
import { changePassword, GOOD_PASSWORD, login } from "./passwords.ts";
import { type Enrolled, enrolled, waitingIn } from "./second-factor.ts";
import { signIn, type Visitor } from "./visitor.ts";

export const ADA = "ada@example.com";
export const ADAS_ADDRESS = { "x-forwarded-for": "198.51.100.1" };
export const CONFIGURATIONS = "/api/v2/data/configuration";

/** Somebody whose things are to stay theirs, with everything that another might come by but secrets. */
export interface Victim extends Visitor {
  readonly other: Visitor;
  readonly visitor: Visitor;
  readonly challengeId: string;
  readonly code: string;
  readonly operationId: string;
  readonly key: string;
  /** Her second factor, and a sign-in of hers that waits for it. */
  readonly factor: Enrolled;
  readonly waitingId: string;
  /** What she owns, and what her visitor does. */
  readonly item: Owned;
  readonly visitorsItem: Owned;
  /** Leads to the second of her items. */
  readonly cursor: string;
  /** Of an operation without a caller: read by its secret alone. */
  readonly anonymousOperationId: string;
}

/** Ada, at home in a system: `ADAS_ADDRESS` is whom she comes from. */
export async function victim(system: InProcessSystem): Promise<Victim> {
  const visitor = await signIn(system);
  const own = await signInByMail(system, ADA, ADAS_ADDRESS);
  await changePassword(system, own, { newPassword: GOOD_PASSWORD });
  const other = await signInByMail(system, ADA, ADAS_ADDRESS);
  const ended = await signInByMail(system, ADA);
  const key = randomUUID();
  const headers = { ...own.bearer, "idempotency-key": key };
  const ending = await system.call("DELETE", `/api/v2/auth/sessions/${ended.sessionId}`, { headers });
  const signing = await system.call("POST", "/api/v2/auth/anonymous", { json: {} });
  const { challengeId, code } = await challengeFor(system, ADA);
  const item = await save(system, own, "Ada's network", { value: "Ada's value" });
  await save(system, own, "Ada's storage", { value: "Ada's value" });
  const visitorsItem = await save(system, visitor, "Ada's earlier network", { value: "Ada's earlier value" });
  const factor = await enrolled(system, own);
  const waitingId = waitingIn(await login(system, ADA, GOOD_PASSWORD));
  const { body } = await system.call("GET", `${CONFIGURATIONS}?limit=1`, { headers: own.bearer });
  const { cursor = "" } = httpSchemas.dataItems.parse(body);
  return {
    ...{ item, visitorsItem, cursor, factor, waitingId },
    ...own,
    other,
    visitor,
    challengeId,
    code,
    key,
    operationId: String(ending.headers["x-operation-id"]),
    anonymousOperationId: String(signing.headers["x-operation-id"]),
  };
}

/** A token of one's own that says it were another's, in each of its parts. */
export function spliced(own: string, others: string): readonly string[] {
  const [mine, theirs] = [own.split("."), others.split(".")];
  return mine.map((_, index) => mine.map((part, at) => (at === index ? theirs[at] : part)).join("."));
}

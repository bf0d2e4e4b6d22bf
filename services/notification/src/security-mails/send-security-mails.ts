import { createHash } from "node:crypto";
import { type EventMessage, emailChangeItem, events, type Locale, type Occurrence, userItem } from "@lanyard/contracts";
import type { Envelopes, EventConsumerOptions, Transport } from "@lanyard/messaging";
import { asUuid, type Derivation } from "@lanyard/secrets";
import { makeEmailUndoToken, makeReportToken } from "@lanyard/session-manager";
import { type ItemStore, typedItems } from "@lanyard/storage";
import { type DeliverMailDeps, deliverMail } from "../deliver-mail.ts";
import type { MailAddress } from "../mail-server.ts";
import { MAIL_KEPT_SECONDS } from "../mail-store.ts";
import { toldOfMail } from "../mails/told-of-mail.ts";
import { deviceOf } from "../templates/device-of.ts";
import { securityMail } from "../templates/security-mail.ts";
import { type Account, type EmailChange, mailOfEvent, type SecurityMail } from "./mail-of-event.ts";

export interface SecurityMailsDeps extends DeliverMailDeps {
  readonly from: MailAddress;
  /** An account as it stands; `undefined`: there is none. */
  readonly account: (userId: string) => Promise<Account | undefined>;
  /** A change of an account's address, by its operation. */
  readonly emailChange: (userId: string, changeId: string) => Promise<EmailChange | undefined>;
  readonly derivation: Derivation;
  /** The page that asks about a session, without a token. */
  readonly notMeUrl: string;
  /** The page that asks about a change of address, likewise. */
  readonly undoEmailUrl: string;
  readonly transport: Pick<Transport, "publish">;
  readonly envelopes: Pick<Envelopes, "event">;
}

/** For how long it is worth being told. */
const USEFUL_MS = 24 * 3600_000;
/** Sooner than the mail itself is forgotten: from then on nobody knows what was told of it. */
const FORGOTTEN_MS = (MAIL_KEPT_SECONDS - 24 * 3600) * 1000;

const knownTypes: ReadonlySet<string> = new Set(events.allEvents.map(({ type }) => type));

/** Accounts, and changes of their addresses, as the identity table has them at this moment. */
export function accountReader(identityTable: ItemStore): Pick<SecurityMailsDeps, "account" | "emailChange"> {
  const users = typedItems(identityTable, userItem);
  const changes = typedItems(identityTable, emailChangeItem);
  return {
    account: async (userId) => (await users.load(userId))?.value,
    emailChange: async (userId, changeId) => (await changes.load(userId, changeId))?.value,
  };
}

/**
 * Mails an account what has happened to it. The mail's id follows from the event, so it goes out once however often the event
 * comes; while no mail server takes it, it is tried for a day, and nobody waits for it. Of what comes later than the mail itself
 * would be remembered, nothing is made.
 */
export function sendSecurityMails(deps: SecurityMailsDeps): EventConsumerOptions["hear"] {
  const { from, account, emailChange } = deps;
  return async (event) => {
    if (!knownTypes.has(event.type)) return "unknown";
    const { userId } = event.data;
    if (typeof userId !== "string") return "heard";
    const known = await account(userId);
    const isChange = event.type === events.userEmailChanged.type;
    const change = isChange ? await emailChange(userId, event.operationid) : undefined;
    const asked = mailOfEvent(event, known, change);
    if (asked === undefined) return "heard";
    const { mailId, template, to } = asked;
    const locale: Locale = known?.locale ?? "en";
    const at = Date.parse(event.time);
    // A mail that went out must not be told to have expired.
    if (deps.brokerNow() >= at + FORGOTTEN_MS) return "heard";
    const usefulUntil = at + USEFUL_MS;
    const mail = await deliverMail(deps, {
      mail: { mailId, template, operationId: event.operationid },
      writtenBy: `${event.operationid}/mail/${mailId}`,
      usefulUntil,
      messageId: `<${mailId}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
      compose: ({ date }) => ({
        ...{ from, to, locale, date },
        ...securityMail({
          ...{ product: from.name, locale, template, at, email: known?.email ?? to },
          from: { ip: event.clientip, device: deviceOf(event.clientuseragent) },
          data: event.data,
          link: linkOf(asked, deps),
        }),
      }),
    });
    await deps.transport.publish("events", deps.envelopes.event(eventOf(event, mailId, toldOfMail(mail))));
    return "heard";
  };
}

/** Where what the mail asks about can be answered. */
function linkOf(
  { askedSession, askedChange }: SecurityMail,
  { derivation, notMeUrl, undoEmailUrl }: SecurityMailsDeps,
): string | undefined {
  if (askedSession !== undefined) return `${notMeUrl}#token=${makeReportToken(derivation, askedSession)}`;
  if (askedChange !== undefined) return `${undoEmailUrl}#token=${makeEmailUndoToken(derivation, askedChange)}`;
  return undefined;
}

/** How the mail has ended, for the operation that has made it necessary; the same again on a repeat. */
const eventOf = (cause: EventMessage, mailId: string, { type, occurredAt, data }: Occurrence): EventMessage => ({
  specversion: "1.0",
  id: asUuid(createHash("sha256").update(`${type} ${mailId}`).digest()),
  type,
  source: "lanyard/notification",
  time: occurredAt,
  datacontenttype: "application/json",
  data: data as EventMessage["data"],
  operationid: cause.operationid,
  ...(cause.clientip !== undefined && { clientip: cause.clientip }),
  ...(cause.clientuseragent !== undefined && { clientuseragent: cause.clientuseragent }),
  traceparent: cause.traceparent,
});

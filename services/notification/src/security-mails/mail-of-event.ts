import { createHash } from "node:crypto";
import type { EventMessage, emailChangeItem, MailTemplate, userItem } from "@lanyard/contracts";
import { asUuid } from "@lanyard/secrets";
import type { ItemValue } from "@lanyard/storage";

export type Account = ItemValue<typeof userItem>;
export type EmailChange = ItemValue<typeof emailChangeItem>;
/** The templates of mails on what matters to an account. */
export type SecurityTemplate = Exclude<MailTemplate, "sign-in" | "registration" | "password-reset" | "email-change">;

/** A mail that an event asks for. */
export interface SecurityMail {
  readonly mailId: string;
  readonly template: SecurityTemplate;
  readonly to: string;
  /** The session that the mail asks about: its link ends it. Default: it asks about none. */
  readonly askedSession?: { readonly userId: string; readonly sessionId: string };
  /** The change of address that the mail asks about: its link undoes it. Default: it asks about none. */
  readonly askedChange?: { readonly userId: string; readonly changeId: string };
}

/** What an event is about, apart from whom it is told to; `undefined`: nobody is to be told. */
interface Subject {
  readonly template: SecurityTemplate;
  /** One mail for each, however many events tell of it. */
  readonly about: string;
}

/**
 * The mail that an event asks for: one for each event, and one for each user and revocation, however many sessions that has
 * ended. Only accounts have an address to be told at; that their address was changed is told at the old one, with a link that
 * undoes it. Of an undo that is told without: or both sides could go on for ever.
 */
export function mailOfEvent(
  event: EventMessage,
  account: Account | undefined,
  change?: EmailChange,
): SecurityMail | undefined {
  const subject = subjectOf(event);
  if (subject === undefined || account?.userKind !== "account") return undefined;
  const isChange = subject.template === "email-changed";
  const to = isChange ? (change?.from ?? addressBefore(event, account)) : account.email;
  if (to === undefined) return undefined;
  const isUndoable = isChange && change !== undefined && change.undoes === undefined;
  const { userId, sessionId } = event.data;
  const isAsked = subject.template === "new-device" && typeof sessionId === "string";
  return {
    mailId: mailIdOf(subject.about, account.userId),
    template: subject.template,
    to,
    ...(isAsked && { askedSession: { userId: String(userId), sessionId } }),
    ...(isUndoable && { askedChange: { userId: account.userId, changeId: change.operationId } }),
  };
}

function subjectOf({ id, type, data, operationid }: EventMessage): Subject | undefined {
  const of = (template: SecurityTemplate, about = id): Subject => ({ template, about });
  switch (type) {
    case "session.opened":
      return data["userKind"] === "account" && isOdd(data["risk"]) ? of("new-device") : undefined;
    case "session.revoked":
      return data["reason"] === "operator" ? of("sessions-revoked", operationid) : undefined;
    case "session.voided":
      return data["userKind"] === "account" ? of("sessions-revoked", String(data["revocationId"])) : undefined;
    case "session.refreshReuseDetected":
      return of("token-theft");
    case "user.passwordSet":
      return of("password-set");
    case "user.emailChanged":
      return of("email-changed");
    case "user.secondFactorEnabled":
      return of("second-factor-on");
    case "user.secondFactorDisabled":
      return of("second-factor-off");
    case "user.backupCodesMade":
      return of("backup-codes-made");
    case "user.backupCodeUsed":
      return of("backup-code-used");
    default:
      return undefined;
  }
}

const WORTH_A_MAIL: ReadonlySet<unknown> = new Set(["new_device", "new_country"]);

const isOdd = (risk: unknown): boolean => {
  const reasons = (risk as { readonly reasons?: unknown } | undefined)?.reasons;
  return Array.isArray(reasons) && reasons.some((reason) => WORTH_A_MAIL.has(reason));
};

/** Whoever has taken an account over must not be the only one who hears of it. Of changes before each was an item. */
const addressBefore = ({ operationid }: EventMessage, { emailChanges = [] }: Account): string | undefined =>
  emailChanges.find(({ operationId }) => operationId === operationid)?.from;

/** It follows from what the mail is about, whichever keys there are: no copy of an event sends another. */
const mailIdOf = (about: string, userId: string): string =>
  asUuid(createHash("sha256").update(`security-mail ${about} ${userId}`).digest());

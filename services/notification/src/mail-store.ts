import { mailItem } from "@lanyard/contracts";
import { changeItem, type ItemStore, type ItemValue, type NextDecision, typedItems } from "@lanyard/storage";

export type Mail = ItemValue<typeof mailItem>;
export type EndedMail = Mail & { readonly ended: NonNullable<Mail["ended"]> };

/** For how long a mail is remembered after it was made: seconds. */
export const MAIL_KEPT_SECONDS = 30 * 24 * 3600;

/** Mails, each at an id that only the operation that sends it can derive. */
export interface MailStore {
  /** Decides on the mail as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends NextDecision<Mail>>(
    mailId: string,
    writtenBy: string,
    decide: (mail: Mail | undefined) => D,
  ): Promise<{ readonly decision: D; readonly mail: Mail | undefined }>;
}

export function mailStore(notificationTable: ItemStore): MailStore {
  const items = typedItems(notificationTable, mailItem);
  return {
    async change(mailId, writtenBy, decide) {
      const { decision, value } = await changeItem(items, [mailId], writtenBy, decide, ttlOf);
      return { decision, mail: value };
    },
  };
}

const ttlOf = (mail: Mail): number => Math.floor(Date.parse(mail.createdAt) / 1000) + MAIL_KEPT_SECONDS;

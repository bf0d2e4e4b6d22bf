import { mailItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, type Stored, typedItems } from "@lanyard/storage";

export type Mail = ItemValue<typeof mailItem>;
export type EndedMail = Mail & { readonly ended: NonNullable<Mail["ended"]> };

const KEPT_SECONDS = 30 * 24 * 3600;

/** A decision about a mail; one that has a `next` state wants it written. */
export interface MailDecision {
  readonly kind: string;
  readonly next?: Mail;
}

/** Mails, each at an id that only the operation that sends it can derive. */
export interface MailStore {
  /** Decides on the mail as it stands, and again after each lost race; gives back what was decided and what stands. */
  change<D extends MailDecision>(
    mailId: string,
    writtenBy: string,
    decide: (mail: Mail | undefined) => D,
  ): Promise<{ readonly decision: D; readonly mail: Mail | undefined }>;
}

export function mailStore(notificationTable: ItemStore): MailStore {
  const items = typedItems(notificationTable, mailItem);
  return {
    change: (mailId, writtenBy, decide) =>
      compareAndSet(items, [mailId], writtenBy, (current) => {
        const decision = decide(current?.value);
        const { next } = decision;
        if (next === undefined) return { kind: "keep" as const, result: { decision, mail: current?.value } };
        return {
          kind: "write" as const,
          value: next,
          ttlEpochSeconds: Math.floor(Date.parse(next.createdAt) / 1000) + KEPT_SECONDS,
          result: (stored: Stored<Mail>) => ({ decision, mail: stored.value }),
        };
      }),
  };
}

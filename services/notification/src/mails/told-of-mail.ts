import { events, type Occurrence, occurred } from "@lanyard/contracts";
import type { EndedMail } from "../mail-store.ts";

/** How a mail has ended: told from the item alone, so that a repeat tells the same. */
export function toldOfMail({ mailId, template, ended }: EndedMail): Occurrence {
  switch (ended.how) {
    case "sent":
      return occurred(events.mailSent, ended.at, { mailId, template });
    case "rejected":
      return occurred(events.mailRejected, ended.at, { mailId, template, smtpStatus: ended.smtpStatus ?? 550 });
    case "expired":
      return occurred(events.mailExpired, ended.at, { mailId, template });
  }
}

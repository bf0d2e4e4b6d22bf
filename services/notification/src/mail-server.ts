import type { Locale } from "@lanyard/contracts";
import { NotNow } from "@lanyard/messaging";

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** A mail as it is handed over; what it says never leaves it: not in logs, errors, items or events. */
export interface OutgoingMail {
  readonly from: MailAddress;
  readonly to: string;
  readonly locale: Locale;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** When the mail was first asked for, ISO 8601: its `Date`, however often it is tried. */
  readonly date: string;
}

/** `rejected`: for good, and because of this mail; with the reply code of RFC 5321, 550 to 599. */
export type Answer = "accepted" | { readonly rejected: number };

/** What takes mails and delivers them. */
export interface MailServer {
  /**
   * Hands one mail over. It knows a mail by its `messageId`, and takes no mail without one: who sends again after a crash
   * sends under the same. Throws `MailServerFailed` when it may be taken later, and nothing that names the recipient.
   */
  send(mail: OutgoingMail, options: { readonly messageId: string }): Promise<Answer>;
}

/** The mail was not taken, for now; whether the server has it all the same nobody can tell. */
export class MailServerFailed extends NotNow {
  override readonly name = "MailServerFailed";
  readonly reason: string;

  constructor(reason: string) {
    super(`the mail server did not take a mail: ${reason}`);
    this.reason = reason;
  }
}

import type { Answer, MailServer, OutgoingMail } from "../mail-server.ts";

export interface RecordedMail extends OutgoingMail {
  readonly messageId: string;
}

/** Keeps in memory what it accepts. */
export class RecordingMailServer implements MailServer {
  /** What was accepted, in order. */
  readonly mails: RecordedMail[] = [];
  /** Decides on each mail before it is kept; throws for a server that takes nothing. Default: accepts everything. */
  answer: (mail: RecordedMail) => Answer | Promise<Answer> = () => "accepted";

  async send(mail: OutgoingMail, { messageId }: { readonly messageId: string }): Promise<Answer> {
    const recorded = { ...mail, messageId };
    const answer = await this.answer(recorded);
    if (answer === "accepted") this.mails.push(recorded);
    return answer;
  }
}

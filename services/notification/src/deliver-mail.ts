import { NotNow } from "@lanyard/messaging";
import type { Answer, MailServer, OutgoingMail } from "./mail-server.ts";
import type { EndedMail, Mail, MailStore } from "./mail-store.ts";
import { decideEnd, decideRelease, decideSending } from "./mails/decide-sending.ts";

export interface DeliverMailDeps {
  readonly mails: MailStore;
  readonly server: MailServer;
  /** A name that no other attempt has. */
  readonly newAttemptId: () => string;
  /** Milliseconds since the epoch, on the broker's time: leases are between workers. */
  readonly brokerNow: () => number;
  /** Default: `decideSending`. */
  readonly decide?: typeof decideSending;
}

export interface Delivery {
  readonly mail: Pick<Mail, "mailId" | "template" | "operationId">;
  readonly writtenBy: string;
  /** When the last thing that the mail says expires; milliseconds since the epoch. */
  readonly usefulUntil: number;
  readonly messageId: string;
  /** Makes the mail at the moment it is sent; `date` is when it was first asked for. */
  readonly compose: (moment: { readonly now: number; readonly date: string }) => OutgoingMail;
}

/** What cannot be sent any more ends by a last look at it: it comes back every quarter of an hour at the latest. */
const LAST_LOOK_MS = 2 * 3600_000;

/**
 * Sends a mail and records how it ended. Two attempts never send at once; a mail goes out twice only when a worker dies
 * after the server has taken it and before that is written, and then under one Message-ID. A mail that is not taken for now,
 * or that another attempt has in hand, throws `NotNow`: this mail waits for as long as it is of use, however long other
 * messages are tried, and no other one waits.
 */
export async function deliverMail(deps: DeliverMailDeps, delivery: Delivery): Promise<EndedMail> {
  try {
    return await attemptAt(deps, delivery);
  } catch (error) {
    if (!(error instanceof NotNow)) throw error;
    throw new NotNow(error.message, { until: delivery.usefulUntil + LAST_LOOK_MS });
  }
}

async function attemptAt(
  { mails, server, newAttemptId, brokerNow, decide = decideSending }: DeliverMailDeps,
  { mail, writtenBy, usefulUntil, messageId, compose }: Delivery,
): Promise<EndedMail> {
  const attempt = newAttemptId();
  // Each write has a name of its own: an attempt must not take another's lease for its own.
  const by = (step: string): string => `${writtenBy}/${attempt}/${step}`;
  const now = brokerNow();
  const begun = await mails.change(mail.mailId, by("begin"), (current) =>
    decide(current, { attempt, mail, usefulUntil, now }),
  );
  switch (begun.decision.kind) {
    case "ended":
      return endedOf(begun.mail);
    case "in-hand":
      throw new NotNow("another attempt has this mail in hand");
    case "send":
  }
  let answer: Answer;
  try {
    answer = await server.send(compose({ now, date: standing(begun.mail).createdAt }), { messageId });
  } catch (error) {
    await mails.change(mail.mailId, by("release"), (current) => decideRelease(standing(current), attempt));
    throw error;
  }
  const at = new Date(brokerNow()).toISOString();
  const { mail: ended } = await mails.change(mail.mailId, by("end"), (current) =>
    decideEnd(
      standing(current),
      answer === "accepted" ? { at, how: "sent" } : { at, how: "rejected", smtpStatus: answer.rejected },
    ),
  );
  return endedOf(ended);
}

function standing(mail: Mail | undefined): Mail {
  if (mail === undefined) throw new Error("the mail that stood has vanished");
  return mail;
}

function endedOf(mail: Mail | undefined): EndedMail {
  const { ended, ...rest } = standing(mail);
  if (ended === undefined) throw new Error("a mail that has ended does not say how");
  return { ...rest, ended };
}

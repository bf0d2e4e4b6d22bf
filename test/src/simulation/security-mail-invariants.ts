import { eventsTold, type Told } from "./account-evidence.ts";
import { DAY_MS, type Evidence, grouped, type Invariant, profilesOf, SKEW_MS, writesOf } from "./evidence.ts";
import type { Write } from "./world.ts";

/** Something that an account is to be told by mail, however many events say it. */
interface Due {
  readonly template: string;
  readonly userId: string;
  readonly about: string;
  readonly operationId: string;
  /** Whether it may have come so late that nothing is made of it any more. */
  readonly isOverdue: boolean;
}

const BY_EVENT: Readonly<Record<string, string>> = {
  "session.refreshReuseDetected": "token-theft",
  "user.passwordSet": "password-set",
  "user.emailChanged": "email-changed",
  "user.secondFactorEnabled": "second-factor-on",
  "user.secondFactorDisabled": "second-factor-off",
  "user.backupCodesMade": "backup-codes-made",
  "user.backupCodeUsed": "backup-code-used",
};
/** The templates of mails on what has happened. */
export const SECURITY_TEMPLATES: ReadonlySet<unknown> = new Set([
  ...Object.values(BY_EVENT),
  "new-device",
  "sessions-revoked",
]);

function isOdd(risk: unknown): boolean {
  const { reasons = [] } = (risk ?? {}) as { readonly reasons?: readonly string[] };
  return reasons.includes("new_device") || reasons.includes("new_country");
}

/** The template of what an event asks for, and what it is about: all that one operator's act has ended is one thing. */
function askedBy({ id, type, data, operationid }: Told): readonly [template: string, about: string] | undefined {
  if (type === "session.voided") return ["sessions-revoked", String(data["revocationId"])];
  if (type === "session.revoked" && data["reason"] === "operator") return ["sessions-revoked", operationid];
  if (type === "session.opened" && isOdd(data["risk"])) return ["new-device", id];
  const template = BY_EVENT[type];
  return template === undefined ? undefined : [template, id];
}

function dueMails(evidence: Evidence): ReadonlyMap<string, Due> {
  const accounts = new Set(
    profilesOf(evidence).flatMap(({ value }) => (value["userKind"] === "account" ? [String(value["userId"])] : [])),
  );
  return new Map(
    eventsTold(evidence).flatMap((event): readonly (readonly [string, Due])[] => {
      const [template, about] = askedBy(event) ?? [];
      const { userId } = event.data;
      if (template === undefined || about === undefined || !accounts.has(String(userId))) return [];
      const isOverdue = evidence.world.overdue.has(event.id);
      const due = { template, userId: String(userId), about, operationId: event.operationid, isOverdue };
      return [[`${template} ${due.userId} ${about}`, due]];
    }),
  );
}

/** Mails on what has happened, each as it was last written. */
const mailsMade = (evidence: Evidence): readonly Write[] => [
  ...new Map(
    writesOf(evidence, "notification", "mail#")
      .filter(({ value }) => SECURITY_TEMPLATES.has(value["template"]))
      .map((write) => [write.key.pk, write]),
  ).values(),
];

const messageIdOf = ({ key }: Write): string => `<${key.pk.slice("mail#".length)}@lanyard.example.com>`;

/** Every address that each account has carried. */
const addressesOf = (evidence: Evidence): ReadonlyMap<string, ReadonlySet<string>> =>
  grouped(
    profilesOf(evidence).filter(({ value }) => value["userKind"] === "account"),
    ({ value }) => String(value["userId"]),
    ({ value }) => String(value["email"]),
  );

/** What is true of mails on what has happened to an account. */
export const securityMailInvariants: readonly Invariant[] = [
  {
    name: "what has happened to an account is one mail, however often it is heard of, and each is told of",
    violations(evidence) {
      const { world } = evidence;
      if (!world.isSecuring) return [];
      const due = [...dueMails(evidence).values()];
      const made = mailsMade(evidence);
      const told = new Set(eventsTold(evidence).map(({ type, data }) => `${type} ${data["mailId"]}`));
      const found: string[] = [];
      for (const template of SECURITY_TEMPLATES) {
        const asked = due.filter((each) => each.template === template);
        const needed = asked.filter(({ isOverdue }) => !isOverdue);
        const mails = made.filter(({ value }) => value["template"] === template);
        if (mails.length < needed.length || mails.length > asked.length)
          found.push(`${mails.length} mails were made of ${asked.length} occasions for ${String(template)}`);
      }
      for (const { key, value } of made) {
        const { how } = (value["ended"] ?? {}) as { readonly how?: string };
        if (how === undefined) found.push(`${key.pk} has not ended`);
        else if (!told.has(`mail.${how} ${value["mailId"]}`)) found.push(`${key.pk} was ${how}, and nobody was told`);
        const accepted = world.mails.filter(({ messageId }) => messageId === messageIdOf({ key } as Write));
        const late = accepted.find(({ at }) => at > Date.parse(String(value["createdAt"])) + DAY_MS + SKEW_MS);
        if (late !== undefined) found.push(`${key.pk} went out at ${late.at}, when it was of no use any more`);
        if (accepted.length === 0 && how === "sent") found.push(`${key.pk} was sent, and no server has it`);
      }
      return found;
    },
  },
  {
    name: "what has happened to an account is mailed to its address, and a change of that to the one before",
    violations(evidence) {
      const { world } = evidence;
      if (!world.isSecuring) return [];
      const addresses = addressesOf(evidence);
      const due = [...dueMails(evidence).values()];
      const templates = new Map(mailsMade(evidence).map((write) => [messageIdOf(write), write.value]));
      const changedTo = new Map(
        profilesOf(evidence).map(({ writtenBy, value }) => [writtenBy.split("/")[0], String(value["email"])]),
      );
      return world.mails.flatMap(({ messageId, to }) => {
        const mail = templates.get(messageId);
        if (mail === undefined) return [];
        const { template, operationId } = mail as unknown as Due;
        const isMeant = due.some((each) => each.template === template && addresses.get(each.userId)?.has(to) === true);
        if (!isMeant) return [`${messageId} (${template}) went to ${to}, to whom nothing of that kind has happened`];
        return template === "email-changed" && changedTo.get(operationId) === to
          ? [`${messageId} told ${to} of itself, and not the address before`]
          : [];
      });
    },
  },
];

import type { ProfileField } from "@lanyard/contracts";
import type { User } from "../user-store.ts";

/** A request for these fields; `null` takes one away, and what is absent stays. */
export interface WantedProfile {
  readonly operationId: string;
  /** ISO 8601, on the time that all processes share. */
  readonly receivedAt: string;
  readonly displayName?: User["displayName"] | null;
  readonly locale?: User["locale"] | null;
}

export type ProfileDecision =
  | { readonly kind: "no-account" }
  /** Nothing is asked for, or all of it was changed by requests that were received later. */
  | { readonly kind: "stands"; readonly standing: User }
  /** This operation changed these fields before, whatever they say by now. */
  | {
      readonly kind: "done-before";
      readonly standing: User;
      readonly fields: readonly ProfileField[];
      readonly at: string;
    }
  | { readonly kind: "change"; readonly user: User; readonly fields: readonly ProfileField[]; readonly at: string };

const FIELDS: readonly ProfileField[] = ["displayName", "locale"];

/** What becomes of what an account says of its user: of each field, what was asked for last, in whatever order it comes. */
export function decideProfile(
  user: User | undefined,
  wanted: WantedProfile,
  { now, changesKept }: { readonly now: string; readonly changesKept: number },
): ProfileDecision {
  const { operationId, receivedAt } = wanted;
  if (user?.userKind !== "account") return { kind: "no-account" };
  const changes = user.profileChanges ?? [];
  const own = changes.find((change) => change.operationId === operationId);
  if (own !== undefined) return { kind: "done-before", standing: user, fields: own.fields, at: own.at };
  const later = changes.filter((change) => change.receivedAt > receivedAt).flatMap(({ fields }) => fields);
  const fields = FIELDS.filter((field) => wanted[field] !== undefined && !later.includes(field));
  if (fields.length === 0) return { kind: "stands", standing: user };
  const { displayName, locale, ...rest } = user;
  const next = {
    displayName,
    locale,
    ...Object.fromEntries(fields.map((field) => [field, wanted[field] ?? undefined])),
  };
  const change = { operationId, receivedAt, at: now, fields };
  return {
    kind: "change",
    user: {
      ...rest,
      ...(next.displayName !== undefined && { displayName: next.displayName }),
      ...(next.locale !== undefined && { locale: next.locale }),
      profileChanges: [...changes, change].slice(-changesKept),
    },
    fields,
    at: now,
  };
}

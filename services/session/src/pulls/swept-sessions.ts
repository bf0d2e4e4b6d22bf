import { type RevocationScope, sessionItem } from "@lanyard/contracts";
import { changeItem, type ItemKey, type ItemStore, type NextDecision, type Stored, typedItems } from "@lanyard/storage";
import { type Session, sessionTtlOf } from "../session-store.ts";

/** Sessions by their items alone, whatever pulls say of them: those that a sweep goes through. */
export interface SweptSessions {
  /** Some of those that may be in scope, or none though `next` leads on. @throws DependencyUnavailable */
  page(
    scope: RevocationScope,
    options: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly sessions: readonly Stored<Session>[]; readonly next: string | undefined }>;
  /** Decides on an item as its page has shown it, and again after each lost race. */
  change<D extends NextDecision<Session>>(
    shown: Stored<Session>,
    writtenBy: string,
    decide: (session: Session | undefined) => D,
  ): Promise<D>;
}

export function sweptSessions(sessionTable: ItemStore): SweptSessions {
  const items = typedItems(sessionTable, sessionItem);
  return {
    async page(scope, { after, limit }) {
      const from = { limit, ...(after !== undefined && { after }) };
      const page =
        scope.kind === "user"
          ? await sessionTable.list(sessionItem.key(scope.userId, "").pk, { ...from, skPrefix: PREFIX.sk })
          : await sessionTable.scan(from);
      return { sessions: page.items.filter(isSession).map((item) => items.parse(item)), next: page.cursor };
    },
    async change(shown, writtenBy, decide) {
      const { userId, sessionId } = shown.value;
      const fromPage = { ...items, load: async () => shown };
      return (await changeItem(fromPage, [userId, sessionId], writtenBy, decide, sessionTtlOf)).decision;
    },
  };
}

const PREFIX = sessionItem.key("", "");

/** The table holds more than sessions. */
const isSession = ({ key }: { readonly key: ItemKey }): boolean =>
  key.pk.startsWith(PREFIX.pk) && key.sk.startsWith(PREFIX.sk);

import { emailChangeItem, emailUndoItem, hasFailed } from "@lanyard/contracts";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type EmailChange = ItemValue<typeof emailChangeItem>;
export type EmailUndo = ItemValue<typeof emailUndoItem>;

const KEPT_SECONDS = 30 * 24 * 3600;
/** When what happened at a moment may be deleted, in whole seconds since 1970. */
export const emailChangeKeptUntil = (at: string): number => Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS;

/** Changes of accounts' addresses, and who has undone which. */
export interface EmailUndoStore {
  /** `undefined`: there was none, or it is too long ago. */
  change(userId: string, changeId: string): Promise<EmailChange | undefined>;
  /** Every undo of an account that still stands, consistently. */
  of(userId: string): Promise<readonly EmailUndo[]>;
  /** Puts one where none stands, or in place of one that has failed; gives what stands. */
  begin(undo: EmailUndo, options: { readonly writtenBy: string }): Promise<EmailUndo>;
  /** Notes how one has ended, unless that is noted or another stands in its place. */
  end(undo: EmailUndo, ended: NonNullable<EmailUndo["ended"]>, options: { readonly writtenBy: string }): Promise<void>;
}

export function emailUndoStore(identityTable: ItemStore): EmailUndoStore {
  const changes = typedItems(identityTable, emailChangeItem);
  const undos = typedItems(identityTable, emailUndoItem);
  const options = ({ at }: EmailUndo, writtenBy: string) => ({
    writtenBy: `${writtenBy}/undo`,
    ttlEpochSeconds: emailChangeKeptUntil(at),
  });
  return {
    change: async (userId, changeId) => (await changes.load(userId, changeId))?.value,
    async of(userId) {
      const { pk, sk: skPrefix } = emailUndoItem.key(userId, "");
      const found: EmailUndo[] = [];
      let after: string | undefined;
      do {
        const page = await identityTable.list(pk, { skPrefix, ...(after !== undefined && { after }) });
        found.push(...page.items.map((item) => undos.parse(item).value));
        after = page.cursor;
      } while (after !== undefined);
      return found;
    },
    async begin(undo, { writtenBy }) {
      const key = [undo.userId, undo.changeId] as const;
      for (;;) {
        const standing = await undos.load(...key);
        const isMine = standing?.value.operationId === undo.operationId;
        if (standing !== undefined && (isMine || !hasFailed(standing.value))) return standing.value;
        const by = options(undo, writtenBy);
        if (standing === undefined) await undos.putIfAbsent(undo, [...key], by);
        else await undos.replace(standing, undo, by);
      }
    },
    async end({ userId, changeId, operationId }, ended, { writtenBy }) {
      for (;;) {
        const standing = await undos.load(userId, changeId);
        if (standing === undefined) return;
        const { value } = standing;
        if (value.operationId !== operationId || value.ended !== undefined) return;
        await undos.replace(standing, { ...value, ended }, options(value, `${writtenBy}/end`));
      }
    },
  };
}

import { signingKeyItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type SigningKeyRecord = ItemValue<typeof signingKeyItem>;

/** The generations of the signing key. */
export interface SigningKeyStore {
  all(): Promise<readonly SigningKeyRecord[]>;
  /** Stores a generation unless its number is taken: of several workers that rotate at once, one makes the key. */
  create(record: SigningKeyRecord): Promise<void>;
  /** Takes a key out of service for good, from `at` on (ISO 8601); gives it as it then stands, if there is such a key. Done again: no change. */
  remove(kid: string, removal: { readonly at: string; readonly by: string }): Promise<SigningKeyRecord | undefined>;
}

export function signingKeyStore(tokenTable: ItemStore): SigningKeyStore {
  const items = typedItems(tokenTable, signingKeyItem);
  const { pk } = signingKeyItem.key(1);
  return {
    async all() {
      const records: SigningKeyRecord[] = [];
      let after: string | undefined;
      do {
        const page = await tokenTable.list(pk, { newestFirst: true, ...(after === undefined ? {} : { after }) });
        records.push(...page.items.map((stored) => items.parse(stored).value));
        after = page.cursor;
      } while (after !== undefined);
      return records;
    },
    async create(record) {
      await items.putIfAbsent(record, [record.generation], { writtenBy: `signing-key/${record.publicJwk.kid}` });
    },
    async remove(kid, { at, by }) {
      const record = (await this.all()).find(({ publicJwk }) => publicJwk.kid === kid);
      if (record === undefined) return undefined;
      return compareAndSet(items, [record.generation], `${by}/removed`, (current) =>
        current === undefined || current.value.removedAt !== undefined
          ? { kind: "keep", result: current?.value }
          : { kind: "write", value: { ...current.value, removedAt: at, removedBy: by }, result: ({ value }) => value },
      );
    },
  };
}

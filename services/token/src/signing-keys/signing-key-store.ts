import { signingKeyItem } from "@lanyard/contracts";
import { compareAndSet, type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";

export type SigningKeyRecord = ItemValue<typeof signingKeyItem>;

/** A generation that was taken out of service. */
export type RemovedKey = SigningKeyRecord & { readonly removedAt: string };

/** The generations of the signing key. */
export interface SigningKeyStore {
  all(): Promise<readonly SigningKeyRecord[]>;
  /** Stores a generation unless its number is taken: of several workers that rotate at once, one makes the key. */
  create(record: SigningKeyRecord): Promise<void>;
  /** Takes a key out of service for good, from `at` on (ISO 8601); gives it as it then stands, if there is such a key. Done again: no change. */
  remove(kid: string, removal: Removal): Promise<SigningKeyRecord | undefined>;
  /** Takes every key of a lower generation out of service; gives those that `by` has removed, now or before, oldest first. */
  removeBefore(generation: number, removal: Removal): Promise<readonly RemovedKey[]>;
}

interface Removal {
  /** ISO 8601. */
  readonly at: string;
  /** The operation. */
  readonly by: string;
}

export function signingKeyStore(tokenTable: ItemStore): SigningKeyStore {
  const items = typedItems(tokenTable, signingKeyItem);
  const { pk } = signingKeyItem.key(1);
  const removeGeneration = (generation: number, { at, by }: Removal): Promise<SigningKeyRecord | undefined> =>
    compareAndSet(items, [generation], `${by}/removed`, (current) =>
      current === undefined || current.value.removedAt !== undefined
        ? { kind: "keep", result: current?.value }
        : { kind: "write", value: { ...current.value, removedAt: at, removedBy: by }, result: ({ value }) => value },
    );
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
    async remove(kid, removal) {
      const record = (await this.all()).find(({ publicJwk }) => publicJwk.kid === kid);
      return record === undefined ? undefined : removeGeneration(record.generation, removal);
    },
    async removeBefore(generation, removal) {
      const before = (await this.all()).filter((record) => record.generation < generation);
      const mine: RemovedKey[] = [];
      for (const record of before.toReversed()) {
        const { removedAt, ...rest } =
          record.removedAt === undefined ? ((await removeGeneration(record.generation, removal)) ?? record) : record;
        if (removedAt !== undefined && rest.removedBy === removal.by) mine.push({ ...rest, removedAt });
      }
      return mine;
    },
  };
}

import { bulkRevocationItem, inboxLeaseItem, pullConfirmationItem, pullItem } from "@lanyard/contracts";
import { type ItemStore, type Stored, type TypedItems, typedItems } from "@lanyard/storage";
import {
  type BulkRevocation,
  type InForce,
  type RevocationReceipt,
  type RevocationSummary,
  receiptOf,
  summaryOf,
} from "./revocation-receipt.ts";

/** Bulk revocations that are in force, as they stand in the tables at this moment. */
export interface BulkRevocations {
  /** `undefined`: there is none of this id, or it is not in force yet. @throws DependencyUnavailable */
  receipt(revocationId: string): Promise<RevocationReceipt | undefined>;
  /** Newest first. @throws DependencyUnavailable, InvalidCursor */
  list(options: { readonly limit: number; readonly after?: string | undefined }): Promise<{
    readonly revocations: readonly RevocationSummary[];
    readonly cursor?: string;
  }>;
}

export function bulkRevocations(tables: { readonly session: ItemStore; readonly gateway: ItemStore }): BulkRevocations {
  const revocations = typedItems(tables.session, bulkRevocationItem);
  const pulls = typedItems(tables.session, pullItem);
  const confirmations = typedItems(tables.gateway, pullConfirmationItem);
  const leases = typedItems(tables.gateway, inboxLeaseItem);

  /** In force is what the pull's own item says: it stands before anything says that it does. */
  const inForce = async ({ revocationId, candidate, effective }: BulkRevocation): Promise<InForce | undefined> => {
    if (effective !== undefined) return effective;
    const pull = (await pulls.load(candidate))?.value;
    return pull?.revocationId === revocationId ? pull : undefined;
  };

  return {
    async receipt(revocationId) {
      const revocation = (await revocations.load(revocationId))?.value;
      const standing = revocation === undefined ? undefined : await inForce(revocation);
      if (revocation === undefined || standing === undefined) return undefined;
      const vouched = await allOf(tables.gateway, leases, inboxLeaseItem.key("").pk);
      const confirmed = await allOf(tables.gateway, confirmations, pullConfirmationItem.key(standing.number, "").pk);
      return receiptOf(summaryOf(revocation, standing), vouched, confirmed);
    },

    async list({ limit, after }) {
      const { pk, sk } = pullItem.key(0);
      const skPrefix = sk.slice(0, sk.indexOf("#") + 1);
      const page = await tables.session.list(pk, {
        skPrefix,
        newestFirst: true,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const summaries = await Promise.all(
        page.items.map(async (item) => {
          const pull = pulls.parse(item).value;
          const revocation = (await revocations.load(pull.revocationId))?.value;
          return revocation === undefined ? [] : [summaryOf(revocation, pull)];
        }),
      );
      return { revocations: summaries.flat(), ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
    },
  };
}

async function allOf<Value>(
  store: ItemStore,
  items: Pick<TypedItems<Value, never>, "parse">,
  pk: string,
): Promise<readonly Value[]> {
  const found: Stored<Value>[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(pk, after === undefined ? {} : { after });
    found.push(...page.items.map((item) => items.parse(item)));
    after = page.cursor;
  } while (after !== undefined);
  return found.map(({ value }) => value);
}

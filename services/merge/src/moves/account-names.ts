import { type ConflictRule, type DataItem, decideMove, type MoveDecision, noteName } from "@lanyard/user-data";
import { LRUCache } from "lru-cache";
import type { DataItemStore } from "../items/data-item-store.ts";
import type { MergeOfItem } from "./decide-item-move.ts";

/** The names that a merge looks at, of one kind. */
export interface NamesOfKind {
  /** What becomes of a visitor's item. A name that it gives is given at once: no other item is renamed to it. */
  decide(item: Pick<DataItem, "itemId" | "name" | "updatedAt">, rule: ConflictRule): MoveDecision;
  /** Says what an item is called at the account, whoever has moved it. */
  give(name: string, fromItemId: string): void;
}

/** The names of the account's items, as each merge has found them. */
export interface AccountNames {
  /** @throws DependencyUnavailable */
  of(merge: Pick<MergeOfItem, "operationId" | "userId">, kind: string): Promise<NamesOfKind>;
}

/** Merges of one process at once, each kind counted for one. */
const KINDS_KEPT = 24;

/**
 * Reads the account's items of a kind once for each merge, at its first need, and keeps their names and times alone. What was
 * forgotten, or another process has read, is read again: what the merge has brought by then is told by its origin.
 */
export function accountNames(items: Pick<DataItemStore, "page">): AccountNames {
  const read = new LRUCache<string, Promise<NamesOfKind>>({ max: KINDS_KEPT });
  return {
    of({ operationId, userId }, kind) {
      const key = `${operationId}/${kind}`;
      const known = read.get(key);
      if (known !== undefined) return known;
      const reading = namesOfKind(items, { operationId, userId, kind });
      read.set(key, reading);
      reading.catch(() => read.delete(key));
      return reading;
    },
  };
}

async function namesOfKind(
  items: Pick<DataItemStore, "page">,
  { operationId, userId, kind }: { readonly operationId: string; readonly userId: string; readonly kind: string },
): Promise<NamesOfKind> {
  const own = new Map<string, { readonly itemId: string; readonly updatedAt: string }>();
  /** By name, the visitor's item that has it now. */
  const given = new Map<string, string>();
  let after: string | undefined;
  do {
    const page = await items.page(userId, { kind, after });
    for (const item of page.items) {
      const { name, origin, ended } = item;
      if (ended !== undefined) continue;
      if (origin?.operationId === operationId) given.set(name, origin.itemId);
      else noteName(own, item);
    }
    after = page.next;
  } while (after !== undefined);

  return {
    decide(item, rule) {
      const decision = decideMove(item, rule, {
        get: (name) => own.get(name),
        has: (name) => own.has(name) || (given.has(name) && given.get(name) !== item.itemId),
      });
      if (decision.as === "copy" && !given.has(decision.name)) given.set(decision.name, item.itemId);
      return decision;
    },
    give(name, fromItemId) {
      given.set(name, fromItemId);
    },
  };
}

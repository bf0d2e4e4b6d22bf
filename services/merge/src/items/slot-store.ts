import { dataSlotItem } from "@lanyard/contracts";
import {
  ContentionExceeded,
  type ItemStore,
  type ItemValue,
  type JsonObject,
  type Stored,
  toCursor,
  typedItems,
} from "@lanyard/storage";
import { dataItemStore } from "./data-item-store.ts";
import { decideLeak } from "./decide-leak.ts";

/** Whose slots, and of which kind. */
export interface SlotOwner {
  readonly userId: string;
  readonly kind: string;
}

export interface TakenSlot {
  readonly slot: number;
  /** It had been claimed for the item before: by a run of the same message, which may have claimed another one too. */
  readonly isFound: boolean;
}

export interface SlotTaker {
  readonly itemId: string;
  readonly operationId: string;
  /** When the operation was received or later, ISO 8601, on the time that all processes share. */
  readonly at: string;
  readonly limit: number;
}

/**
 * The slots of one user's kind: there are as many as it may have items, so that there never are more. Of a limit that was
 * lowered, what lies beyond it counts no more.
 */
export interface SlotStore {
  /**
   * A slot for an item: the one that it has, or a free one; `undefined`: there is none. The same item asked for twice at
   * once may be given two: whoever writes the item gives back the one that the item does not name.
   * @throws DependencyUnavailable, ContentionExceeded
   */
  take(owner: SlotOwner, taker: SlotTaker): Promise<TakenSlot | undefined>;
  /** Frees a slot, unless another item has it. Only for an item that has ended or names another slot. */
  giveBack(owner: SlotOwner, slot: number, itemId: string): Promise<void>;
  /** Frees every slot that an item has but the one it names (`undefined`: it has ended); reads all slots of the kind. */
  keepOnly(owner: SlotOwner, slot: number | undefined, itemId: string): Promise<void>;
}

type Claim = Stored<ItemValue<typeof dataSlotItem>> & { readonly number: number };

/** Slots looked at together: the first window has room, as long as not nearly all are taken. */
const WINDOW = 32;
/** Slots read at once by whoever goes through all of them. */
const PAGE = 100;
/** Full slots whose items are looked at before somebody is refused. */
const MOST_LOOKED_AT = 16;
/** Each search that ends in none of slot and refusal has lost a race. */
const MOST_SEARCHES = 50;
const DIGITS = 6;

export function slotStore(mergeTable: ItemStore): SlotStore {
  const slots = typedItems(mergeTable, dataSlotItem);
  const items = dataItemStore(mergeTable);
  const parse = (stored: Stored<JsonObject>): Claim => ({
    ...slots.parse(stored),
    number: Number(stored.key.sk.slice(-DIGITS)),
  });

  async function claimsIn({ userId, kind }: SlotOwner, { from, to }: Window): Promise<readonly Claim[]> {
    const { pk, skPrefix } = placeOf({ userId, kind });
    const after = from === 0 ? {} : { after: toCursor(dataSlotItem.key(userId, kind, from - 1).sk) };
    const page = await mergeTable.list(pk, { skPrefix, limit: to - from, ...after });
    return page.items.map(parse).filter(({ number }) => number < to);
  }

  /** One look at all windows, from the one on that the item begins in: those of one user's at once go for different slots. */
  async function search(owner: SlotOwner, taker: SlotTaker): Promise<Found> {
    const { itemId, operationId, at, limit } = taker;
    const start = startOf(itemId, limit);
    const options = { writtenBy: `${operationId}/slot/${itemId}` };
    const claims: Claim[] = [];
    let hasLost = false;
    for (const window of windowsFrom(start, limit)) {
      const here = await claimsIn(owner, window);
      const own = here.find(({ value }) => value.itemId === itemId);
      if (own !== undefined) {
        // An older claim is as good as gone: whoever looks for slots that leaked must see that somebody has need of it.
        const isKept =
          own.value.at >= at || (await slots.replace(own, { itemId, operationId, at }, options)).kind !== "lost";
        return isKept ? { kind: "slot", slot: own.number, isFound: true } : { kind: "lost" };
      }
      const taken = new Set(here.map(({ number }) => number));
      for (const slot of numbersOf(window, start)) {
        if (taken.has(slot)) continue;
        const { userId, kind } = owner;
        const outcome = await slots.putIfAbsent({ itemId, operationId, at }, [userId, kind, slot], options);
        if (outcome.kind !== "lost") return { kind: "slot", slot, isFound: outcome.kind === "already-mine" };
        hasLost = true;
        if (outcome.stored?.value.itemId === itemId) return { kind: "lost" };
      }
      claims.push(...here);
    }
    return hasLost ? { kind: "lost" } : { kind: "full", claims: [...claims].sort(inOrderFrom(start, limit)) };
  }

  /** Whether any of them was free in truth: runs that stopped for good, or that came twice, have left some behind. */
  async function freeLeaks(owner: SlotOwner, claims: readonly Claim[], now: string): Promise<boolean> {
    const freed = await Promise.all(
      suspectsAmong(claims).map(async (claim) => {
        const { itemId } = claim.value;
        const item = await items.load({ ...owner, itemId });
        const isLeak = decideLeak({ number: claim.number, at: claim.value.at }, item, now);
        return isLeak && (await slots.remove(claim)) === "won";
      }),
    );
    return freed.includes(true);
  }

  async function giveBack(owner: SlotOwner, slot: number, itemId: string): Promise<void> {
    for (let races = 0; races < MOST_SEARCHES; races += 1) {
      const claim = await slots.load(owner.userId, owner.kind, slot);
      if (claim?.value.itemId !== itemId || (await slots.remove(claim)) === "won") return;
    }
    throw new ContentionExceeded(MOST_SEARCHES);
  }

  return {
    async take(owner, taker) {
      for (let searches = 0; searches < MOST_SEARCHES; searches += 1) {
        const found = await search(owner, taker);
        if (found.kind === "slot") return { slot: found.slot, isFound: found.isFound };
        if (found.kind === "full" && !(await freeLeaks(owner, found.claims, taker.at))) return undefined;
      }
      throw new ContentionExceeded(MOST_SEARCHES);
    },

    giveBack,

    async keepOnly(owner, slot, itemId) {
      const { pk, skPrefix } = placeOf(owner);
      let after: string | undefined;
      do {
        const page = await mergeTable.list(pk, { skPrefix, limit: PAGE, ...(after !== undefined && { after }) });
        const extra = page.items.map(parse).filter(({ value, number }) => value.itemId === itemId && number !== slot);
        for (const { number } of extra) await giveBack(owner, number, itemId);
        after = page.cursor;
      } while (after !== undefined);
    },
  };
}

type Found =
  | ({ readonly kind: "slot" } & TakenSlot)
  /** Others were faster: what was seen is not so any more. */
  | { readonly kind: "lost" }
  /** All claims, in the order in which this item looks at slots: each looks for leaks elsewhere. */
  | { readonly kind: "full"; readonly claims: readonly Claim[] };

/** Slots from one number up to before another. */
interface Window {
  readonly from: number;
  readonly to: number;
}

function placeOf({ userId, kind }: SlotOwner): { readonly pk: string; readonly skPrefix: string } {
  const { pk, sk } = dataSlotItem.key(userId, kind, 0);
  return { pk, skPrefix: sk.slice(0, -DIGITS) };
}

/** Where an item looks first. Ids are hashes, so any part of one is as good as another. */
const startOf = (itemId: string, limit: number): number => Number.parseInt(itemId.slice(-8), 16) % limit;

const inOrderFrom =
  (start: number, limit: number) =>
  (one: Claim, other: Claim): number =>
    ((one.number - start + limit) % limit) - ((other.number - start + limit) % limit);

/** All windows, the one with `start` first. */
function windowsFrom(start: number, limit: number): readonly Window[] {
  const count = Math.ceil(limit / WINDOW);
  const first = Math.floor(start / WINDOW);
  return Array.from({ length: count }, (_, index) => {
    const from = ((first + index) % count) * WINDOW;
    return { from, to: Math.min(from + WINDOW, limit) };
  });
}

/** All numbers of a window, from `start` on if it lies there. */
function numbersOf({ from, to }: Window, start: number): readonly number[] {
  const shift = start >= from && start < to ? start - from : 0;
  return Array.from({ length: to - from }, (_, index) => from + ((index + shift) % (to - from)));
}

/** Every slot of an item that has more than one, and a few more. */
function suspectsAmong(claims: readonly Claim[]): readonly Claim[] {
  const counts = new Map<string, number>();
  for (const { value } of claims) counts.set(value.itemId, (counts.get(value.itemId) ?? 0) + 1);
  const double = claims.filter(({ value }) => (counts.get(value.itemId) ?? 0) > 1);
  return [...new Set([...double, ...claims.slice(0, MOST_LOOKED_AT)])];
}

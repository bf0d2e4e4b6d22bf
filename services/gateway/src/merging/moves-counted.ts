import type { httpSchemas } from "@lanyard/contracts";
import { type DataItem, type DataKind, type DataKinds, decideMove, noteName } from "@lanyard/user-data";
import type { z } from "zod";

/** What an account has of a kind, by name, and how many more there may be. */
interface Room {
  readonly own: Map<string, { readonly itemId: string; readonly updatedAt: string }>;
  free: number;
}

const NO_LONGER_DECLARED: Pick<DataKind, "conflict" | "maxItems"> = {
  conflict: "keep-both",
  maxItems: Number.POSITIVE_INFINITY,
};
const none = () => ({ moved: 0, skipped: 0, held: 0 });

/** Counts what a merge would do with a visitor's items, one after the other, by the same decision. */
export class MovesCounted {
  readonly #kinds: DataKinds;
  readonly #accountOwns: (kind: string) => AsyncIterable<readonly DataItem[]>;
  readonly #rooms = new Map<string, Room>();
  readonly #byKind = new Map<string, ReturnType<typeof none>>();
  readonly #conflicts = new Map<string, number>();

  constructor(kinds: DataKinds, accountOwns: (kind: string) => AsyncIterable<readonly DataItem[]>) {
    this.#kinds = kinds;
    this.#accountOwns = accountOwns;
  }

  async add({ kind, name, updatedAt }: DataItem): Promise<void> {
    const room = await this.#roomOf(kind);
    // What a copy would be called does not matter here, so what copies are called already does not either.
    const decision = decideMove({ name, updatedAt }, this.#ruleOf(kind).conflict, room.own);
    const counts = this.#byKind.get(kind) ?? none();
    this.#byKind.set(kind, counts);
    if (decision.conflicts) this.#conflicts.set(kind, (this.#conflicts.get(kind) ?? 0) + 1);
    switch (decision.as) {
      case "skip":
        counts.skipped += 1;
        return;
      case "overwrite":
        counts.moved += 1;
        room.own.set(name, { itemId: decision.itemId, updatedAt });
        return;
      case "copy":
        counts.moved += 1;
        if (room.free > 0) room.free -= 1;
        else counts.held += 1;
    }
  }

  preview(): z.input<typeof httpSchemas.mergePreview> {
    const total = none();
    for (const counts of this.#byKind.values()) {
      total.moved += counts.moved;
      total.skipped += counts.skipped;
      total.held += counts.held;
    }
    return {
      ...total,
      byKind: Object.fromEntries(this.#byKind),
      conflicts: Object.fromEntries(this.#conflicts),
    };
  }

  #ruleOf(kind: string): Pick<DataKind, "conflict" | "maxItems"> {
    return this.#kinds.get(kind) ?? NO_LONGER_DECLARED;
  }

  async #roomOf(kind: string): Promise<Room> {
    const known = this.#rooms.get(kind);
    if (known !== undefined) return known;
    const { maxItems } = this.#ruleOf(kind);
    const room: Room = { own: new Map(), free: maxItems };
    for await (const items of this.#accountOwns(kind)) {
      for (const item of items) {
        if (item.slot !== undefined && item.slot < maxItems) room.free -= 1;
        noteName(room.own, item);
      }
    }
    this.#rooms.set(kind, room);
    return room;
  }
}

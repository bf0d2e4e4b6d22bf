import type { ConflictRule } from "./data-kinds.ts";

/** What a move looks at: the name of an item and when it was last changed, ISO 8601. */
export interface NamedItem {
  readonly name: string;
  readonly updatedAt: string;
}

/** What becomes of a visitor's item. */
export type MoveDecision =
  /** A new item of the account; `name` differs from its own when it had to be renamed. */
  | { readonly as: "copy"; readonly name: string; readonly conflicts: boolean }
  /** The account's item of its name takes its value. */
  | { readonly as: "overwrite"; readonly itemId: string; readonly conflicts: true }
  /** The account's item of its name counts. */
  | { readonly as: "skip"; readonly itemId: string; readonly conflicts: true };

/** The names of one kind that are taken at the account. */
export interface NamesTaken {
  /** The account's own item of that name, the one that was changed last; what the same merge has brought is none. */
  get(name: string): { readonly itemId: string; readonly updatedAt: string } | undefined;
  /** Whether anything has it that a renamed item must differ from. */
  has(name: string): boolean;
}

/** Notes an item of the account among those of its kind: of one name the one that was changed last counts. */
export function noteName(
  names: Map<string, { readonly itemId: string; readonly updatedAt: string }>,
  { name, itemId, updatedAt }: NamedItem & { readonly itemId: string },
): void {
  const other = names.get(name);
  if (other === undefined || Date.parse(other.updatedAt) < Date.parse(updatedAt))
    names.set(name, { itemId, updatedAt });
}

const MOST_CHARACTERS = 200;

/** What a merge does with an item by the rule of its kind. */
export function decideMove(item: NamedItem, rule: ConflictRule, taken: NamesTaken): MoveDecision {
  const other = taken.get(item.name);
  if (other === undefined) return { as: "copy", name: item.name, conflicts: false };
  switch (rule) {
    case "keep-both":
      return { as: "copy", name: freeName(item.name, taken), conflicts: true };
    case "keep-account":
      return { as: "skip", itemId: other.itemId, conflicts: true };
    case "keep-newest":
      return Date.parse(item.updatedAt) > Date.parse(other.updatedAt)
        ? { as: "overwrite", itemId: other.itemId, conflicts: true }
        : { as: "skip", itemId: other.itemId, conflicts: true };
  }
}

/** `Report`, `Report (2)`, `Report (3)`, … the first that nobody has; cut where it would be longer than a name may be. */
function freeName(name: string, taken: Pick<NamesTaken, "has">): string {
  for (let number = 2; ; number += 1) {
    const ending = ` (${number})`;
    const free = `${cutTo(name, MOST_CHARACTERS - ending.length)}${ending}`;
    if (!taken.has(free)) return free;
  }
}

/** No character is cut in two. */
function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

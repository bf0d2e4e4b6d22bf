import { exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Lets go on whoever types the thing again, or has said `--yes`; where nobody can be asked, `--yes` alone.
 * @throws LanyardMistake
 */
export async function confirmed(
  { question }: Pick<Surroundings, "question">,
  { what, word, yes }: { readonly what: string; readonly word: string; readonly yes: boolean },
): Promise<void> {
  if (yes) return;
  if (question === undefined) throw new LanyardMistake(`${what} To do it, add --yes.`, exitStatus.usage);
  const typed = await question(`${what} Type ${word} to go on: `);
  if (typed.trim() !== word) throw new LanyardMistake("Nothing was done.");
}

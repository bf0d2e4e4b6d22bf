export interface Instruction {
  /** In upper case. */
  name: string;
  arguments: string;
}

export interface Stage {
  name: string;
  /** An image, or an earlier stage. */
  from: string;
  instructions: readonly Instruction[];
}

/** The build stages of a Dockerfile, in their order. */
export function stagesOf(text: string): Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of lines) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const [, from, stage] = /^FROM\s+(\S+)\s+AS\s+(\S+)$/i.exec(line) ?? [];
    if (from !== undefined && stage !== undefined) stages.push({ name: stage, from, instructions: [] });
    else stages.at(-1)?.instructions.push({ name: name.toUpperCase(), arguments: rest });
  }
  return stages;
}

/** The instructions that make a stage, those of the stages it is built on first. */
export function instructionsOf(stages: readonly Stage[], name: string): readonly Instruction[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...instructionsOf(stages, stage.from), ...stage.instructions];
}

import type { PartialCloud } from "@lanyard/local-cloud";

// Setup and teardown are loaded apart from each other, so a variable of a module would not do.
const run: { lanyardCloud?: PartialCloud } = globalThis as object;

export function keepCloud(cloud: PartialCloud): void {
  run.lanyardCloud = cloud;
}

export function cloudOfThisRun(): PartialCloud | undefined {
  return run.lanyardCloud;
}

/**
 * What Node needs to run a `.ts` file as this process runs its own: Node 22 before 22.18 does so only when asked to, and
 * whoever started this process has asked.
 */
export function nodeFlags(): string[] {
  const stripTypes = process.execArgv.filter((flag) => flag === "--experimental-strip-types");
  return ["--disable-warning=ExperimentalWarning", ...stripTypes];
}

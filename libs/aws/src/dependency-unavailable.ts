/** The services of AWS that this system stands on. */
export type Dependency = "dynamodb" | "sqs" | "sns";

/** Thrown for anything a later try may cure: network, timeout, 5xx, throttling, an answer that cannot be read. */
export class DependencyUnavailable extends Error {
  override readonly name = "DependencyUnavailable";
  readonly dependency: Dependency;
  override readonly cause: unknown;

  constructor(dependency: Dependency, cause: unknown) {
    super(`${dependency} is unavailable (${reasonOf(cause)})`);
    this.dependency = dependency;
    this.cause = cause;
  }
}

/** Name and code only: messages of causes can quote what was sent or answered. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "unknown";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return code === undefined ? cause.name : `${cause.name}, ${code}`;
};

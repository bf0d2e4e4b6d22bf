/** Whether the SDK's error is called one of these. */
export function isErrorNamed(error: unknown, names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

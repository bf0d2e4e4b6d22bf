/** Thrown by a command that has to come again later, for a reason that is to be expected: one warning, without a stack. */
export class NotNow extends Error {
  override readonly name: string = "NotNow";
}

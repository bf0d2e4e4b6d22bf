/** Thrown by a command that has to come again later, for a reason that is to be expected: one warning, without a stack. */
export class NotNow extends Error {
  override readonly name: string = "NotNow";
  /** It is worth a try at least until then, milliseconds since the epoch. Default: as long as every retry. */
  readonly until: number | undefined;

  constructor(message: string, { until }: { readonly until?: number } = {}) {
    super(message);
    this.until = until;
  }
}

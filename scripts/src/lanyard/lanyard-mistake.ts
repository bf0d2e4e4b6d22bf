/** Exit statuses of the command line, as its help tells them. */
export const exitStatus = { done: 0, failed: 1, usage: 2, notAllowed: 3, notFound: 4 } as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** Something that whoever runs the command line can understand and perhaps put right: shown without a stack trace. */
export class LanyardMistake extends Error {
  override readonly name = "LanyardMistake";
  readonly exitStatus: ExitStatus;

  constructor(message: string, status: ExitStatus = exitStatus.failed) {
    super(message);
    this.exitStatus = status;
  }
}

/** What the command line knows of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person reads `out`: tables are for people, tabs for scripts. */
  readonly isTerminal: boolean;
  /** Shows a line in place of the one before, beside `out`; `""` takes it away. Absent: nobody looks. */
  readonly progress?: (line: string) => void;
  /** Asks whoever sits there, and gives what they typed; absent: nobody does. */
  readonly question?: (text: string) => Promise<string>;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly baseUrl: string;
  readonly json: boolean;
}

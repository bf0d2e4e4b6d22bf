/** What the command line knows of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person reads `out`: tables are for people, tabs for scripts. */
  readonly isTerminal: boolean;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly baseUrl: string;
  readonly json: boolean;
}

import type { Caller, Client, Command, Json, Occurrence, ProblemCode } from "@lanyard/contracts";
import type { z } from "zod";

/** One command as its worker sees it: what to do, for which operation, with sealed fields opened. */
export interface CommandRun<Input> {
  readonly operationId: string;
  /** Stands on every item this command writes; the answer to "was it me?". */
  readonly writtenBy: string;
  readonly input: Input;
  readonly caller: Caller;
  readonly client: Client;
  /** The key that every id and secret of this operation is derived with. */
  readonly derivationKid: string;
  /** When the gateway received the request, ISO 8601. */
  readonly receivedAt: string;
  /** Its time is over: it is one that is carried out however late. Default: it is not. */
  readonly isOverdue?: true;
  /** Where a command that sent itself again goes on. */
  readonly cursor: Json | undefined;
  /** An id that every run of this operation derives alike; the label says what for. */
  deriveUuid(label: string): string;
}

/** How one run of a command ended. Whatever is thrown instead is tried again. */
export type StepResult<Output> =
  /** Its part is done: on to the next step. */
  | { readonly kind: "done"; readonly output: Output; readonly events: readonly Occurrence[] }
  /** The flow ends here, with another result than its own. */
  | { readonly kind: "ended"; readonly result: Record<string, unknown>; readonly events: readonly Occurrence[] }
  /** The flow ends here, refused. */
  | {
      readonly kind: "problem";
      readonly code: ProblemCode;
      readonly extra: Record<string, Json>;
      readonly events: readonly Occurrence[];
    }
  /** A bounded part is done: the same command once more, from `cursor`. */
  | {
      readonly kind: "again";
      readonly cursor: Json;
      readonly events: readonly Occurrence[];
      /** How far it is, for whoever waits. */
      readonly progress?: Record<string, Json>;
    }
  /** A copy of a bounded part whose successors are under way or done: nothing follows from it. */
  | { readonly kind: "superseded"; readonly events: readonly [] };

export const done = <Output>(output: Output, events: readonly Occurrence[] = []): StepResult<Output> => ({
  kind: "done",
  output,
  events,
});

export const ended = (result: Record<string, unknown>, events: readonly Occurrence[] = []): StepResult<never> => ({
  kind: "ended",
  result,
  events,
});

export const problem = (
  code: ProblemCode,
  extra: Record<string, Json> = {},
  events: readonly Occurrence[] = [],
): StepResult<never> => ({ kind: "problem", code, extra, events });

export const again = (
  cursor: Json,
  events: readonly Occurrence[] = [],
  progress?: Record<string, Json>,
): StepResult<never> => ({ kind: "again", cursor, events, ...(progress !== undefined && { progress }) });

export const superseded = (): StepResult<never> => ({ kind: "superseded", events: [] });

/** A command with the function that carries it out; a worker is a list of these. */
export interface Handler {
  readonly command: Command;
  readonly run: (run: CommandRun<Record<string, unknown>>) => Promise<StepResult<Record<string, unknown>>>;
}

export const handle = <C extends Command>(
  command: C,
  run: (run: CommandRun<z.output<C["input"]>>) => Promise<StepResult<z.input<C["output"]>>>,
): Handler => ({ command, run: run as Handler["run"] });

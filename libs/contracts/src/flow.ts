import type { z } from "zod";
import type { Command } from "./command.ts";
import type { JsonObject } from "./shapes.ts";

/** One command of a flow, with the constants that this flow gives it. */
export interface Step {
  readonly command: Command;
  readonly with: JsonObject;
}

/** A typed list of commands, read top to bottom: what happens is written here and nowhere else. */
export interface Flow<Input extends z.ZodObject = z.ZodObject, Result extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** Raised when steps change in a way that messages under way would not survive; the old one stays until they ended. */
  readonly version: number;
  readonly summary: string;
  readonly input: Input;
  /** `false`: nobody ever asks how it ended, so no outcome is kept. Default true. */
  readonly recorded?: boolean;
  readonly steps: readonly Step[];
  /** Index of the step after which whoever asked is answered; what follows goes on without them. Default: the last. */
  readonly answeredAfter?: number;
  readonly result: Result;
  /** What begins when its last step is done: another flow, under an operation of its own, as the user whom this one is about. */
  readonly starts?: FlowStart;
  /** Makes the flow's result of its input and all outputs, and of `startedOperationId` if another flow begins. */
  readonly toResult: (context: Record<string, unknown>) => z.input<Result>;
}

/** A flow that another begins. Nobody waits for it; its operation is its user's to read. */
export interface FlowStart {
  readonly flow: Flow;
  /** Its input, made of the first one's input and outputs; `undefined`: it does not begin. */
  readonly toInput: (context: Record<string, unknown>) => JsonObject | undefined;
}

/** Input and outputs so far, as one object; a flow is refused at definition when two of them share a name. */
type Context = Record<string, unknown>;

/** What a schema without fields asks or gives: zod's own type for it has every name, as `never`, and would fit anything. */
type InputOf<S extends z.ZodObject> = keyof S["shape"] extends never ? object : z.input<S>;
type OutputOf<S extends z.ZodObject> = keyof S["shape"] extends never ? object : z.output<S>;

/** Adds steps; TypeScript refuses a command whose input is not in the input, the outputs so far, or its constants. */
export interface FlowBuilder<Input extends z.ZodObject, C extends object> {
  step<I extends z.ZodObject, O extends z.ZodObject>(
    command: Command<string, I, O> &
      (C extends InputOf<I> ? unknown : "this flow does not carry what the command needs"),
  ): FlowBuilder<Input, C & OutputOf<O>>;
  step<I extends z.ZodObject, O extends z.ZodObject, const W extends Partial<InputOf<I>>>(
    command: Command<string, I, O> &
      (C & W extends InputOf<I> ? unknown : "this flow does not carry what the command needs"),
    constants: W & { readonly [Name in Exclude<keyof W, keyof InputOf<I>>]: never },
  ): FlowBuilder<Input, C & OutputOf<O>>;
  /** Another flow begins when the last step is done, unless `toInput` gives nothing. */
  starts<I extends z.ZodObject>(
    flow: Flow<I>,
    toInput: (context: C & { readonly userId: string }) => z.input<I> | undefined,
  ): Pick<FlowBuilder<Input, C & { readonly startedOperationId?: string }>, "answers">;
  answers<R extends z.ZodObject>(result: R, toResult: (context: C) => z.input<R>): Flow<Input, R>;
  /** As `answers`, given as soon as the steps so far are done; `then` goes on without whoever asked, and however late. */
  answersThen<R extends z.ZodObject, I extends z.ZodObject, O extends z.ZodObject>(
    result: R,
    toResult: (context: C) => z.input<R>,
    then: Command<string, I, O> & (C extends InputOf<I> ? unknown : "this flow does not carry what the command needs"),
  ): Flow<Input, R>;
}

/**
 * Starts a flow's definition.
 * @throws TypeError when two of input and outputs share a field, or the same command stands twice.
 */
export function flow<Input extends z.ZodObject>(head: {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly input: Input;
  readonly recorded?: boolean;
}): FlowBuilder<Input, OutputOf<Input>> {
  const build = (
    steps: readonly Step[],
    names: ReadonlySet<string>,
    start?: FlowStart,
  ): FlowBuilder<Input, OutputOf<Input>> => ({
    step(command: Command, constants: JsonObject = {}) {
      if (steps.some((step) => step.command.name === command.name)) {
        throw new TypeError(`${head.name}: ${command.name} stands twice; a step is known by its command`);
      }
      const added = Object.keys(command.output.shape);
      const twice = added.find((name) => names.has(name));
      if (twice !== undefined) throw new TypeError(`${head.name}: ${command.name} would overwrite "${twice}"`);
      return build([...steps, { command, with: constants }], new Set([...names, ...added])) as never;
    },
    starts(flow, toInput) {
      if (!names.has("userId")) throw new TypeError(`${head.name}: nobody is known who could begin ${flow.name}`);
      return build(steps, names, { flow, toInput: toInput as unknown as FlowStart["toInput"] }) as never;
    },
    answers(result, toResult) {
      return {
        ...head,
        steps,
        ...(start !== undefined && { starts: start }),
        result,
        toResult: toResult as (context: Context) => z.input<typeof result>,
      };
    },
    answersThen(result, toResult, then: Command) {
      return {
        ...head,
        steps: [...steps, { command: then, with: {} }],
        answeredAfter: steps.length - 1,
        result,
        toResult: toResult as (context: Context) => z.input<typeof result>,
      };
    },
  });
  return build([], new Set(Object.keys(head.input.shape)));
}

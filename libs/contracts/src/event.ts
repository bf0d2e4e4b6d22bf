import type { z } from "zod";

/** Something that has happened, told to whoever listens on the topic `events`. */
export interface Event<Type extends string = string, Body extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly summary: string;
  readonly data: Body;
  /** Whether it tells of something that somebody wanted and did not get; default: of something that was done. */
  readonly outcome?: "failed";
}

export const event = <Type extends string, Body extends z.ZodObject>(
  definition: Event<Type, Body>,
): Event<Type, Body> => definition;

/** An event a command wants published: `occurredAt` is the time stored with what happened, so a repeat says the same. */
export interface Occurrence {
  readonly type: string;
  readonly occurredAt: string;
  readonly data: Record<string, unknown>;
  /**
   * What its id follows from when several operations may tell of it: it is the same event whoever does. Default: the run of
   * the command that tells it, and its place among what that tells.
   */
  readonly once?: string;
}

/** Makes an occurrence of `definition`; the type ties data to schema. */
export const occurred = <E extends Event>(definition: E, occurredAt: string, data: z.input<E["data"]>): Occurrence => ({
  type: definition.type,
  occurredAt,
  data,
});

import type { Json, RecordedOutcome } from "@lanyard/contracts";

/** The body of a 202: an operation that has not ended. */
export interface Pending {
  readonly operationId: string;
  readonly status: "pending";
  readonly operationSecret?: string;
  readonly progress?: { readonly moved: number; readonly skipped: number };
}

export interface JoinOptions {
  /** Milliseconds since the epoch. Default: one look. */
  readonly until?: number;
  readonly hungUp?: AbortSignal;
  /** Told how far the other operation is, when that has changed. */
  readonly onProgress?: (progress: {
    readonly step: string;
    readonly position: number;
    readonly of: number;
    readonly detail: { readonly [name: string]: Json };
  }) => void;
}

/**
 * What an outcome comes to that may name another operation, which does the same and which it has joined: the outcome of that
 * one, or that it is pending. An outcome that names none is given back as it is.
 */
export type Joins = (recorded: RecordedOutcome, options?: JoinOptions) => Promise<RecordedOutcome | Pending>;

export const joinsNothing: Joins = async (recorded) => recorded;

export const isPending = (standing: RecordedOutcome | Pending): standing is Pending => "status" in standing;

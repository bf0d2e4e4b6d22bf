import { join } from "node:path";
import { type AskedProcess, startAskedProcess } from "../../process/asked-process.ts";

/** What stands in front of an empty handler. */
export type InFront = "bare Express" | "gateway without authentication" | "gateway";

export type EmptyServerQuestion =
  | { readonly kind: "start"; readonly inFront: InFront; readonly tokens: number }
  | { readonly kind: "cache" };

export interface EmptyServerAnswer {
  readonly port: number;
  readonly accessTokens: readonly string[];
  /** Of the verifier's cache, since the start. */
  readonly hits: number;
  readonly misses: number;
}

/** A server with an empty handler, in a process of its own. */
export const startEmptyServer = (): AskedProcess<EmptyServerQuestion, EmptyServerAnswer> =>
  startAskedProcess(join(import.meta.dirname, "empty-server-main.ts"));

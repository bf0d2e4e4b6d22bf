import { pullReason } from "@lanyard/contracts";
import { InvalidArgumentError, Option } from "commander";
import type { CommonOptions } from "./surroundings.ts";

/** What every command takes that ends sessions in bulk. */
export interface EndingOptions extends CommonOptions {
  readonly yes: boolean;
  readonly follow: boolean;
}

/** `--reason`: 1 to 500 characters. */
export const reasonOption = (): Option =>
  new Option("--reason <text>", "why; shown to operators only").argParser((given) => {
    if (pullReason.safeParse(given).success) return given;
    throw new InvalidArgumentError("It must be 1 to 500 characters.");
  });

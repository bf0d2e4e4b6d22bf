import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The oathtool of this machine (OATH Toolkit), if it is on the PATH. */
export const oathtoolPath: string | undefined = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "oathtool"))
  .find((path) => existsSync(path));

/**
 * Whether `*.oathtool.test.ts` run. Where CI is set they always do, and fail without it; elsewhere a machine without one leaves
 * them out and says so.
 */
export const runsOathtoolTests = oathtoolPath !== undefined || Boolean(process.env["CI"]);

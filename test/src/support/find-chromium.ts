import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The Chromium of this machine: `CHROMIUM_PATH`, or what is on the PATH. */
export const chromiumPath: string | undefined =
  process.env["CHROMIUM_PATH"] ??
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

/**
 * Whether `*.browser.test.ts` run. Where CI is set they always do, and fail without a browser; elsewhere a machine without one
 * leaves them out and says so.
 */
export const runsBrowserTests = chromiumPath !== undefined || Boolean(process.env["CI"]);

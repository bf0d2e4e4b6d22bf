import { type Browser, chromium } from "@playwright/test";
import { chromiumPath } from "./find-chromium.ts";

/** A browser that asks nobody but whom a page asks. Without a sandbox, as containers run tests as root. */
export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of Chromium. @throws Error when this machine has none */
export function installedChromium(): string {
  if (chromiumPath === undefined) throw new Error("no Chromium: install one, or set CHROMIUM_PATH");
  return chromiumPath;
}

/** Opens Chromium without a window. @throws Error when this machine has none */
export const openChromium = async (): Promise<Browser> =>
  chromium.launch({ executablePath: installedChromium(), args: chromiumArguments });

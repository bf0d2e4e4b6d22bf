import type { SignInClient } from "@lanyard/contracts";
import Bowser from "bowser";

/** What a user agent says of itself, as far as it is known. */
export type Device = Pick<SignInClient, "os" | "browser" | "device">;

const SYSTEMS: readonly string[] = Object.values(Bowser.OS_MAP);
const BROWSERS: readonly string[] = Object.values(Bowser.BROWSER_MAP);
const CLASSES = ["desktop", "mobile", "tablet", "tv", "bot"] as const;

/**
 * Names system, browser and class of device, each only by a name that is in a table: of an unknown browser the parser gives
 * back whatever it was sent, and that is shown to people.
 */
export function describeUserAgent(userAgent: string | undefined): Device {
  // Of an empty text the parser throws.
  if (userAgent === undefined || userAgent.trim() === "") return {};
  const parsed = Bowser.parse(userAgent);
  const os = SYSTEMS.find((name) => name === parsed.os.name);
  const browser = BROWSERS.find((name) => name === parsed.browser.name);
  const device = CLASSES.find((name) => name === parsed.platform.type);
  return {
    ...(os !== undefined && { os }),
    ...(browser !== undefined && { browser }),
    ...(device !== undefined && { device }),
  };
}

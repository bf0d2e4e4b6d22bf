import { type LimitName, limitNames, limits } from "@lanyard/contracts";
import type { LimitSetting, LimitSettings } from "./rate-limits.ts";

const MOST = 10_000_000;
const LONGEST_SECONDS = 7 * 24 * 3600;

/** What holds when nothing else is set: the defaults of the contracts. */
export const defaultLimits: LimitSettings = settingsOf({});

/**
 * Reads `anonymous=120/600,verify=60/600`: a limit's name, how many, and in how many seconds. What is not named keeps its default.
 * @throws TypeError that names each mistake
 */
export function parseLimits(text: string): LimitSettings {
  const mistakes: string[] = [];
  const given: Partial<Record<LimitName, LimitSetting>> = {};
  for (const [index, entry] of text.split(",").entries()) {
    const [, name = "", quota = "", windowSeconds = ""] = /^(\w+)=(\d{1,9})\/(\d{1,9})$/.exec(entry.trim()) ?? [];
    const known = limitNames.find((each) => each === name);
    const place = `entry ${index + 1}`;
    if (name === "") mistakes.push(`${place}: must be name=quota/seconds, as anonymous=120/600`);
    else if (known === undefined) mistakes.push(`${place}: there are only ${limitNames.join(", ")}`);
    else if (given[known] !== undefined) mistakes.push(`${place}: ${known} stands twice`);
    else if (!isWithin(quota, MOST)) mistakes.push(`${place}: the quota of ${known} must be 1 to ${MOST}`);
    else if (!isWithin(windowSeconds, LONGEST_SECONDS))
      mistakes.push(`${place}: the window of ${known} must be 1 to ${LONGEST_SECONDS} seconds`);
    else given[known] = { quota: Number(quota), windowSeconds: Number(windowSeconds) };
  }
  if (mistakes.length > 0) throw new TypeError(mistakes.join("; "));
  return settingsOf(given);
}

const isWithin = (digits: string, most: number): boolean => Number(digits) >= 1 && Number(digits) <= most;

function settingsOf(given: Partial<Record<LimitName, LimitSetting>>): LimitSettings {
  return Object.fromEntries(
    limitNames.map((name): [LimitName, LimitSetting] => {
      const { quota, windowSeconds } = given[name] ?? limits[name];
      return [name, { quota, windowSeconds }];
    }),
  ) as LimitSettings;
}

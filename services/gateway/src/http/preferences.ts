/** What a client prefers of a command (RFC 7240). */
export interface Preferences {
  /** An answer at once: 202, the outcome later. */
  readonly respondAsync: boolean;
  /** How long to wait for the outcome, seconds. */
  readonly waitSeconds: number | undefined;
}

/** Reads `Prefer: respond-async, wait=5`; preferences that are not understood are ignored, as the RFC wants. */
export function preferencesOf(header: string | undefined): Preferences {
  const given = (header ?? "").split(",").map((preference) => preference.split(";")[0]?.trim().toLowerCase() ?? "");
  const wait = given
    .map((preference) => /^wait\s*=\s*"?(\d{1,4})"?$/.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined);
  return { respondAsync: given.includes("respond-async"), waitSeconds: wait === undefined ? undefined : Number(wait) };
}

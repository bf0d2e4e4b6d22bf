const DAY_MS = 24 * 3600 * 1000;

/** Every UTC day, as `2026-11-21`, from that of `latest` down to that of `earliest`; both ISO 8601, or days themselves; none of what is no day. */
export function* daysDownFrom(latest: string, earliest: string): Generator<string> {
  const last = earliest.slice(0, 10);
  for (let at = Date.parse(latest.slice(0, 10)); Number.isFinite(at); at -= DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (day < last) return;
    yield day;
  }
}

/** When a generation of the signing key was made and from when it signs, ISO 8601. */
export interface ScheduledKey {
  readonly generation: number;
  readonly createdAt: string;
  readonly activeFrom: string;
  /** Set in an emergency: from then on it neither signs nor is accepted, whatever else it would be. */
  readonly removedAt?: string | undefined;
}

/** How signing keys follow each other. */
export interface KeyPolicy {
  /** A key signs for this long. */
  readonly rotateEverySeconds: number;
  /** A new key is published this long before it signs, so that every verifier has seen it. */
  readonly publishAheadSeconds: number;
}

/** A key that signs no more is accepted for another day: longer than any access token lives. */
export const RETIRED_KEY_ACCEPTED_SECONDS = 24 * 3600;

/**
 * The key that signs at `now`: the newest that is active. When none is, the newest that was made to sign at once: the clock
 * of whoever made it is ahead of this one.
 */
export function signingKeyAt<K extends ScheduledKey>(keys: readonly K[], now: number): K | undefined {
  const all = usable(keys);
  return (
    all.filter((key) => Date.parse(key.activeFrom) <= now).at(-1) ??
    all.filter((key) => key.activeFrom === key.createdAt).at(-1)
  );
}

/** The keys to publish and accept at `now`: all but those whose successor has signed for a day. */
export function acceptedKeysAt<K extends ScheduledKey>(keys: readonly K[], now: number): readonly K[] {
  const ordered = usable(keys);
  return ordered.filter((_, index) => {
    const successor = ordered[index + 1];
    return successor === undefined || now < Date.parse(successor.activeFrom) + RETIRED_KEY_ACCEPTED_SECONDS * 1000;
  });
}

/** The generation that should be made at `now`, if any: the first at once, a next one in time to be known before it signs. */
export function generationDueAt(
  keys: readonly ScheduledKey[],
  now: number,
  policy: KeyPolicy,
): ScheduledKey | undefined {
  const newest = usable(keys).at(-1);
  // None yet, or the one that signed was removed: there is no time to be known first.
  if (newest === undefined || signingKeyAt(keys, now) === undefined) return generationAtOnce(keys, now);
  const retiresAt = Date.parse(newest.activeFrom) + policy.rotateEverySeconds * 1000;
  const aheadMs = policy.publishAheadSeconds * 1000;
  if (now < retiresAt - aheadMs) return undefined;
  return {
    ...generationAtOnce(keys, now),
    activeFrom: new Date(Math.max(retiresAt, now + aheadMs)).toISOString(),
  };
}

/** A generation that is wanted at `now`, due or not: known to every verifier before it signs, if there is one that signs. */
export function nextGeneration(keys: readonly ScheduledKey[], now: number, policy: KeyPolicy): ScheduledKey {
  const aheadMs = signingKeyAt(keys, now) === undefined ? 0 : policy.publishAheadSeconds * 1000;
  return { ...generationAtOnce(keys, now), activeFrom: new Date(now + aheadMs).toISOString() };
}

/** A generation that signs from `now` on, known to verifiers or not. */
export function generationAtOnce(keys: readonly ScheduledKey[], now: number): ScheduledKey {
  const createdAt = new Date(now).toISOString();
  return { generation: (inOrder(keys).at(-1)?.generation ?? 0) + 1, createdAt, activeFrom: createdAt };
}

const inOrder = <K extends ScheduledKey>(keys: readonly K[]): readonly K[] =>
  keys.toSorted((one, other) => one.generation - other.generation);

const usable = <K extends ScheduledKey>(keys: readonly K[]): readonly K[] =>
  inOrder(keys).filter((key) => key.removedAt === undefined);

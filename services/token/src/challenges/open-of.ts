/** How long each answer to a challenge is taken. */
export interface ChallengeLifetimes {
  readonly linkSeconds: number;
  readonly codeSeconds: number;
}

/** From when until when a challenge can be answered at all, ISO 8601. */
export function openOf(
  receivedAt: string,
  { linkSeconds, codeSeconds }: ChallengeLifetimes,
): { readonly from: string; readonly until: string } {
  const ends = Date.parse(receivedAt) + Math.max(linkSeconds, codeSeconds) * 1000;
  return { from: receivedAt, until: new Date(ends).toISOString() };
}

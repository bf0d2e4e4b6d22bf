/**
 * A password as it is measured and hashed: NFKC, so that it is the same from every keyboard (RFC 8265, NIST SP 800-63B).
 * `undefined`: it is no text, but holds half a surrogate pair, of which many would be hashed alike.
 */
export const normalPassword = (password: string): string | undefined =>
  password.isWellFormed() ? password.normalize("NFKC") : undefined;

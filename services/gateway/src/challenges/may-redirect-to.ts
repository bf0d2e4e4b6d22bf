const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether mailed links may lead to a URL: its origin is configured or Lanyard's own; in development, any on this machine. */
export function mayRedirectTo(allowed: {
  readonly origins: readonly string[];
  readonly issuer: string;
  readonly development: boolean;
}): (url: URL) => boolean {
  const origins = new Set([...allowed.origins, new URL(allowed.issuer).origin]);
  return (url) => {
    if (url.protocol !== "https:" && url.protocol !== "http:") return false;
    return origins.has(url.origin) || (allowed.development && LOCAL_HOSTS.has(url.hostname));
  };
}

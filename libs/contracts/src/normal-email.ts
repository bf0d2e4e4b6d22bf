import { email } from "./shapes.ts";

/**
 * The one form in which an address is stored, compared and mailed to: NFKC (UAX 15), lower case, the domain in its ASCII
 * form (IDNA, UTS 46). Plus-tags and dots stay, since only the receiving server knows what they mean. `undefined`: no address.
 */
export function normalEmail(given: string): string | undefined {
  const address = given.normalize("NFKC").trim().toLowerCase();
  const at = address.lastIndexOf("@");
  const domain = asciiDomain(address.slice(at + 1));
  if (at < 1 || domain === undefined) return undefined;
  const parsed = email.safeParse(`${address.slice(0, at)}@${domain}`);
  return parsed.success ? parsed.data : undefined;
}

/** What has a meaning in URLs is in no domain. */
function asciiDomain(domain: string): string | undefined {
  if (domain === "" || /[/?#@:\\[\]%\s]/.test(domain) || !URL.canParse(`https://${domain}`)) return undefined;
  return new URL(`https://${domain}`).hostname;
}

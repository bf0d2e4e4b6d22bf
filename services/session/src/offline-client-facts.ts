import type { ClientFacts } from "./client-facts.ts";
import type { CountryOf } from "./countries/country-database.ts";
import { describeUserAgent } from "./describe-user-agent.ts";

/** Tells everything in this process: nobody else learns who signs in from where. */
export const offlineClientFacts =
  ({ countryOf }: { readonly countryOf: CountryOf }): ClientFacts =>
  ({ ip, userAgent }) => {
    const country = countryOf(ip);
    return { ip, ...describeUserAgent(userAgent), ...(country !== undefined && { country }) };
  };

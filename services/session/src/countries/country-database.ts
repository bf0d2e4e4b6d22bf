import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { type Response as Found, Reader } from "maxmind";
import { isPublicAddress } from "./is-public-address.ts";

/** The country of an address, ISO 3166-1 alpha-2; of one that is private, unknown or none at all: nothing. */
export type CountryOf = (ip: string) => string | undefined;

/** The database cannot be read: the installation is not whole, or the file is of another kind. */
export class CountryDatabaseUnreadable extends Error {
  override readonly name = "CountryDatabaseUnreadable";

  constructor(file: string, cause: unknown) {
    super(`the country database cannot be read: ${file} (install the dependencies again)`, { cause });
  }
}

/** The one for both families: that for IPv4 alone answers for IPv6 too, and wrongly. */
export const countryDatabaseFile = "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb";

/**
 * Opens the database, 8 MB, which then stays in memory. Default: the file that is installed with this package.
 * @throws CountryDatabaseUnreadable
 */
export function openCountryDatabase(file?: string): CountryOf {
  const reader = read(file);
  return (ip) => {
    // The database names countries for some private networks, too.
    if (isIP(ip) === 0 || !isPublicAddress(ip)) return undefined;
    const code = reader.get(ip)?.country_code;
    return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : undefined;
  };
}

function read(given: string | undefined): Reader<Found & { readonly country_code?: unknown }> {
  let file = given ?? countryDatabaseFile;
  try {
    file = given ?? createRequire(import.meta.url).resolve(countryDatabaseFile);
    return new Reader(readFileSync(file));
  } catch (error) {
    throw new CountryDatabaseUnreadable(file, error);
  }
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { CountryDatabaseUnreadable, openCountryDatabase } from "./country-database.ts";

const countryOf = openCountryDatabase();

describe("the country of an address", () => {
  it.each([
    ["8.8.8.8", "US"],
    ["81.2.69.142", "GB"],
    ["2001:4860:4860::8888", "US"],
    ["2a02:8070::1", "DE"],
  ])("is known offline: %s", (ip, country) => {
    expect(countryOf(ip)).toBe(country);
  });

  it.each([
    "10.0.0.1",
    "127.0.0.1",
    "100.64.0.1",
    "169.254.1.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:192.168.1.1",
    "2001:db8::1",
    "fc00::1",
    "fe80::1",
    "ff02::1",
  ])("is nothing where nobody on the Internet can be: %s", (ip) => {
    expect(countryOf(ip)).toBeUndefined();
  });

  it.each(["unknown", "", "8.8.8", "fe80::1%eth0", "__proto__"])("is nothing for what is no address: %j", (ip) => {
    expect(countryOf(ip)).toBeUndefined();
  });
});

describe("a country database that cannot be read", () => {
  it("is a mistake that names its file: it is not there", () => {
    const open = () => openCountryDatabase("/nowhere/countries.mmdb");

    expect(open).toThrow(CountryDatabaseUnreadable);
    expect(open).toThrow("the country database cannot be read: /nowhere/countries.mmdb");
  });

  it("is a mistake that names its file: it is something else", () => {
    const folder = mkdtempSync(join(tmpdir(), "countries-"));
    const file = join(folder, "countries.mmdb");
    writeFileSync(file, "something else");
    try {
      expect(() => openCountryDatabase(file)).toThrow(`the country database cannot be read: ${file}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

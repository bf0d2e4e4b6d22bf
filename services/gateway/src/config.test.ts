import { describe, expect, it } from "@jest/globals";
import { ConfigMistakes, readConfig } from "@lanyard/service";
import { gatewayConfig } from "./config.ts";

const key = `k1:${Buffer.alloc(32, 1).toString("base64url")}`;
const least = {
  LANYARD_SEALING_KEYS: key,
  LANYARD_DERIVATION_KEYS: key,
  LANYARD_PUBLIC_URL: "https://id.example.com",
};
const mistakesOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(gatewayConfig, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes;
    throw error;
  }
};

describe("the configuration of a gateway", () => {
  it("trusts no proxy and lets no foreign page in, unless it is told to", () => {
    expect(readConfig(gatewayConfig, least)).toMatchObject({
      LANYARD_TRUSTED_PROXIES: [],
      LANYARD_CORS_ORIGINS: [],
      LANYARD_VISITOR_IDS: "on",
      LANYARD_REQUEST_DEADLINE_MS: 10_000,
    });
  });

  it("takes lists with spaces and commas too many", () => {
    const config = readConfig(gatewayConfig, {
      ...least,
      LANYARD_TRUSTED_PROXIES: " 10.0.0.0/8, 2001:db8::/32 ,127.0.0.1,::1,",
      LANYARD_CORS_ORIGINS: "https://app.example.com,http://localhost:3000",
    });

    expect(config.LANYARD_TRUSTED_PROXIES).toEqual(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1", "::1"]);
    expect(config.LANYARD_CORS_ORIGINS).toEqual(["https://app.example.com", "http://localhost:3000"]);
  });

  it.each([
    ["LANYARD_TRUSTED_PROXIES", "10.0.0.0/8,loopback"],
    ["LANYARD_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["LANYARD_TRUSTED_PROXIES", "true"],
    ["LANYARD_CORS_ORIGINS", "*"],
    ["LANYARD_CORS_ORIGINS", "null"],
    ["LANYARD_CORS_ORIGINS", "https://app.example.com/"],
    ["LANYARD_CORS_ORIGINS", "https://App.example.com"],
    ["LANYARD_CORS_ORIGINS", "app.example.org"],
    ["LANYARD_CORS_ORIGINS", "file:///x"],
    ["LANYARD_VISITOR_IDS", "no"],
    ["LANYARD_REQUEST_DEADLINE_MS", "99"],
    ["LANYARD_REQUEST_DEADLINE_MS", "60001"],
    ["LANYARD_REQUEST_DEADLINE_MS", "1.5"],
    ["LANYARD_PUBLIC_URL", "ftp://id.example.com"],
  ])("refuses %s=%s, by name and without the value", (name, value) => {
    const mistakes = mistakesOf({ ...least, [name]: value });

    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name}`));
    expect(mistakes[0]).not.toContain(value);
  });

  it("names every mistake at once", () => {
    const mistakes = mistakesOf({ LANYARD_VISITOR_IDS: "no", LANYARD_REQUEST_DEADLINE_MS: "x" });

    expect(mistakes.map((mistake) => mistake.split(":")[0])).toEqual(
      expect.arrayContaining([
        "LANYARD_SEALING_KEYS",
        "LANYARD_DERIVATION_KEYS",
        "LANYARD_PUBLIC_URL",
        "LANYARD_VISITOR_IDS",
        "LANYARD_REQUEST_DEADLINE_MS",
      ]),
    );
  });
});

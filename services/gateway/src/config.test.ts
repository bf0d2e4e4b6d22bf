import { describe, expect, it } from "@jest/globals";
import { ConfigMistakes, readConfig } from "@lanyard/service";
import { opsKeyHash } from "./auth/ops-keys.ts";
import { gatewayConfig, opsKeysOf } from "./config.ts";
import { defaultLimits } from "./limits/limit-settings.ts";

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
    ["LANYARD_DATA_KINDS", "chart"],
    ["LANYARD_DATA_KINDS", '{"Chart":{}}'],
    ["LANYARD_DATA_KINDS", '{"chart":{"maxItems":0}}'],
    ["LANYARD_DATA_KINDS", '{"chart":{"maxBytes":40000}}'],
    ["LANYARD_DATA_KINDS", '{"chart":{"conflict":"keep-mine"}}'],
    ["LANYARD_DATA_KINDS", '{"chart":{"schema":{"type":"chart"}}}'],
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

  it("has the kinds that are shipped, unless it is told which users may own", () => {
    const kindsBy = (given: object): readonly string[] => [
      ...readConfig(gatewayConfig, { ...least, ...given }).LANYARD_DATA_KINDS.keys(),
    ];

    expect(kindsBy({})).toEqual(["configuration", "alert", "preference"]);
    expect(kindsBy({ LANYARD_DATA_KINDS: '{"chart":{"conflict":"keep-newest"}}' })).toEqual(["chart"]);
  });

  const key32 = Buffer.alloc(32, 1).toString("base64url");

  it("limits as the contracts say, and knows no key of operators, unless it is told to", () => {
    const config = readConfig(gatewayConfig, least);

    expect(config.LANYARD_LIMITS).toEqual(defaultLimits);
    expect(opsKeysOf(config)).toEqual([]);
  });

  it("takes limits, and keys of operators by their hashes; in development a key itself", () => {
    const hash = opsKeyHash(key32);
    const given = { ...least, LANYARD_LIMITS: "verify=1/2", LANYARD_OPS_KEY_HASHES: `deploy:${hash}` };
    const development = { ...given, LANYARD_MODE: "development", LANYARD_OPS_KEY: key32 };

    expect(readConfig(gatewayConfig, given).LANYARD_LIMITS.verify).toEqual({ quota: 1, windowSeconds: 2 });
    expect(opsKeysOf(readConfig(gatewayConfig, given))).toEqual([{ name: "deploy", hash }]);
    expect(opsKeysOf(readConfig(gatewayConfig, development)).map(({ name }) => name)).toEqual([
      "development",
      "deploy",
    ]);
  });

  it("lets alarms pull nothing, unless it is told what", () => {
    const given = { ...least, LANYARD_ALARM_SCOPE: '{"kind":"user","userId":"5F0C8A54-3C1E-4C0B-9A55-2F6F3C1D7E90"}' };

    expect(readConfig(gatewayConfig, least).LANYARD_ALARM_SCOPE).toBeUndefined();
    expect(readConfig(gatewayConfig, { ...least, LANYARD_ALARM_SCOPE: "" }).LANYARD_ALARM_SCOPE).toBeUndefined();
    expect(readConfig(gatewayConfig, given).LANYARD_ALARM_SCOPE).toEqual({
      kind: "user",
      userId: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90",
    });
  });

  it.each([
    ["LANYARD_LIMITS", "everything=1/1", {}],
    ["LANYARD_ALARM_SCOPE", "accounts", {}],
    ["LANYARD_ALARM_SCOPE", '{"kind":"accounts"', {}],
    ["LANYARD_ALARM_SCOPE", '{"kind":"everyone"}', {}],
    ["LANYARD_ALARM_SCOPE", '{"kind":"accounts","method":"magic_link"}', {}],
    ["LANYARD_ALARM_SCOPE", '{"kind":"ipRange","cidr":"203.0.113.0/33"}', {}],
    ["LANYARD_LIMITS", "verify=none", {}],
    ["LANYARD_OPS_KEY_HASHES", key32, {}],
    ["LANYARD_OPS_KEY_HASHES", `deploy:${key32.slice(1)}`, {}],
    ["LANYARD_OPS_KEY", key32, {}],
    ["LANYARD_OPS_KEY", "short", { LANYARD_MODE: "development" }],
  ])("refuses %s=%s, by name and without the value, beside %j", (name, value, beside) => {
    const mistakes = mistakesOf({ ...least, ...beside, [name]: value });

    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name}: `));
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
